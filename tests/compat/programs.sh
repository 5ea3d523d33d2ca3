#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: programs.sh list | version NAME | executable NAME | NAME
#
# Real programs, and for each a command whose output is the same at every run. NAME runs one in
# the current folder, which is new and empty. Servers listen on sockets of that folder, or on
# 127.0.0.1, and are stopped before the end. Needs Debian's packages (tests/setup/deps.sh compat).
# shellcheck disable=SC2016 # programs in other languages
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TZ=UTC HOME=$PWD
export SOURCE_DATE_EPOCH=1000000000 MALLOC_ARENA_MAX=4

names="bash perl python ruby lua tcl node php guile gawk gcc gxx clang gfortran go java cmake git gdb
sqlite postgres mariadb redis memcached nginx openssl xz zstd jq vim emacs ffmpeg imagemagick
ghostscript chromium"

# Servers refuse to run as root, or want to be told.
as() { # USER COMMAND...
    local user=$1

    shift
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        chown "$user" .
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
    fi
}

wait_for() { # COMMAND... succeeds, within ten seconds
    local i

    for i in $(seq 200); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    echo "gave up after $i tries: $*"
    return 1
}

lines() { seq 1 "$1" | sed 's/.*/line & of many, with words to sort and count/'; }

digest() { sha256sum | cut -c 1-32; }

do_bash() {
    lines 2000 | while read -r a b c; do echo "${c^^} $a $((b * b))"; done | sort -k4 | digest
    for i in 1 2 3 4 5 6 7 8; do (echo "$i $(seq "$i" | paste -sd, | tr , + | cat)"); done
}

do_perl() {
    perl -e 'my %h; $h{$_ % 977} .= join ",", map { $_ * 3 } 1 .. $_ % 17 for 1 .. 60000;
        print length(join "", map { "$_=$h{$_}" } sort keys %h), "\n";
        for my $n (1 .. 4) { my $pid = fork; if (!$pid) { my @a = map { [$_] } 1 .. 5000; exit $n }
            waitpid $pid, 0; print $? >> 8, "\n" }'
}

do_python() {
    local i

    cat >job.py <<'END'
import concurrent.futures, ctypes, gzip, json, multiprocessing, re, sqlite3, subprocess, sys, zlib
data = [{str(i): [i] * (i % 7), "text": "x" * (i % 50)} for i in range(20000)]
text = json.dumps(data, sort_keys=True)
print(len(text), zlib.crc32(text.encode()), json.loads(text) == data)
print(len(re.findall(r"x{3,9}", text)), len(gzip.compress(text.encode(), mtime=0)) > 1000)
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(lambda n: len("".join(map(str, range(n)))), range(400))))
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(sum(pool.map(len, [text[:n] for n in range(50)])))
    pool.close()  # or its workers are killed, some of them before they have begun
    pool.join()
print(subprocess.run(["sh", "-c", "echo from a child"], capture_output=True, text=True).stdout, end="")
db = sqlite3.connect(":memory:")
print(db.execute("with recursive c(x) as (select 1 union all select x+1 from c where x<9999) "
                 "select sum(x) from c").fetchone())
END
    for i in pymalloc malloc; do PYTHONHASHSEED=1 PYTHONMALLOC=$i python3 job.py; done
}

do_ruby() {
    ruby -rjson -rzlib -e 'a = (1..30000).map { |i| { "n" => i, "s" => "v" * (i % 40) } }
        text = JSON.generate(a); puts text.size, Zlib.crc32(text), JSON.parse(text) == a
        puts 4.times.map { |t| Thread.new { (1..3000).map(&:to_s).join.size + t } }.sum(&:value)
        pid = fork { exit!((1..999).map { |i| [i] }.size % 100) }
        Process.wait(pid); puts $?.exitstatus; GC.start; puts `echo child`'
}

do_lua() {
    lua5.4 -e 'local t = {} for i = 1, 60000 do t[#t + 1] = ("%d:%s"):format(i, ("z"):rep(i % 30)) end
        print(#table.concat(t)) table.sort(t) print(t[1], t[#t])
        local co = coroutine.wrap(function() for i = 1, 500 do coroutine.yield({i}) end end)
        local n = 0 for i = 1, 500 do n = n + co()[1] end print(n) collectgarbage() '
}

do_tcl() {
    echo 'for {set i 0} {$i < 30000} {incr i} { lappend l [format %05d [expr {$i * 7919 % 30000}]] }
        puts [lindex [lsort $l] 12345]; puts [string length [join $l ,]]
        set d [dict create]; foreach x $l { dict incr d [string range $x 0 1] }; puts [dict get $d 12]
        puts [exec echo from a child]; interp create i; puts [i eval {expr 6 * 7}]; interp delete i' >job.tcl
    tclsh job.tcl
}

do_node() {
    cat >job.js <<'END'
const {Worker, isMainThread, parentPort} = require('worker_threads');
const crypto = require('crypto'), zlib = require('zlib'), child = require('child_process');
if (!isMainThread) {
    parentPort.postMessage(Array.from({length: 5000}, (_, i) => 'w' + i).join('').length);
} else {
    const text = JSON.stringify(Array.from({length: 20000}, (_, i) => ({n: i, s: 'v'.repeat(i % 40)})));
    console.log(text.length, crypto.createHash('sha256').update(text).digest('hex'));
    console.log(zlib.gunzipSync(zlib.gzipSync(text)).toString() === text);
    console.log(child.execSync('echo from a child').toString().trim());
    new Worker(__filename).on('message', (n) => console.log(n));
}
END
    node job.js
}

do_php() {
    php -n -r '$a = []; for ($i = 0; $i < 40000; $i++) $a[] = ["n" => $i, "s" => str_repeat("v", $i % 40)];
        $t = json_encode($a); echo strlen($t), " ", md5($t), " ", json_decode($t, true) === $a, "\n";
        echo preg_match_all("/v{3,9}/", $t), " ", shell_exec("echo child");'
}

do_guile() {
    guile --no-auto-compile -c '(use-modules (srfi srfi-1) (ice-9 threads))
        (define l (map (lambda (i) (number->string (modulo (* i 7919) 30011))) (iota 30000)))
        (display (list-ref (sort l string<?) 12345)) (newline)
        (display (fold + 0 (map string-length l))) (newline) (gc)
        (display (join-thread (begin-thread (length (make-list 100000 1))))) (newline)' 2>&1 |
        sed '/^;;;/d'
}

do_gawk() {
    lines 30000 | gawk '{ for (i = 1; i <= NF; i++) n[$i]++; s = s substr($0, 1, 3) }
        END { print length(n), length(s), n["words"]; "echo child" | getline x; print x }'
}

c_source() {
    cat >job.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
int main(void)
{
    char *lines[1000];
    for (int i = 0; i < 1000; i++) {
        lines[i] = malloc(32);
        snprintf(lines[i], 32, "%d", i * 7919 % 1000);
    }
    qsort(lines, 1000, sizeof *lines, compare);
    puts(lines[500]);
    for (int i = 0; i < 1000; i++)
        free(lines[i]);
    return 3;
}
END
}

compile_c() { # COMPILER
    local status=0

    c_source
    "$1" -O2 -g -flto -c -o lto.o job.c
    "$1" -O2 -S -o - job.c | digest
    "$1" -O3 -o job job.c
    ./job || status=$?
    echo "$status"
}

do_gcc() { compile_c gcc; }
do_clang() { compile_c clang; }

do_gxx() {
    cat >job.cc <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <vector>
int main()
{
    std::map<std::string, std::vector<int>> m;
    for (int i = 0; i < 20000; i++)
        m[std::to_string(i % 997)].push_back(i);
    std::regex digits("([0-9])\\1");
    std::cout << std::count_if(m.begin(), m.end(), [&](auto &e) { return std::regex_search(e.first, digits); }) << '\n';
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([] { for (int i = 0; i < 1000; i++) std::string(100 + i, 'x'); });
    for (auto &t : threads)
        t.join();
    try { throw std::runtime_error(std::string(50, 'e')); } catch (std::exception &e) { std::cout << e.what() << '\n'; }
}
END
    g++ -std=c++17 -O1 -S -o - job.cc | digest
    g++ -std=c++17 -O1 -o job job.cc -pthread
    ./job
}

do_gfortran() {
    cat >job.f90 <<'END'
program job
  integer, allocatable :: a(:)
  integer :: i, total
  total = 0
  do i = 1, 2000
    allocate(a(i)); a = i; total = mod(total + sum(a), 1000003); deallocate(a)
  end do
  print *, total
end program
END
    gfortran -O2 -o job job.f90
    ./job
}

do_go() {
    printf 'package main\nfunc main() {\n  m := map[int]string{}\nfor i := 0; i < 9; i++ { m[i] = "x" }\nprintln(len(m)) }\n' >job.go
    gofmt job.go | digest
    GOCACHE=$PWD/cache go tool compile -p main -o job.o job.go
    go tool nm job.o | grep -c main
}

do_java() {
    cat >Job.java <<'END'
import java.util.*;
import java.util.stream.*;
public class Job {
    public static void main(String[] args) throws Exception {
        Map<String, List<Integer>> m = IntStream.range(0, 200000).boxed().collect(Collectors.groupingBy(i -> "k" + i % 997, TreeMap::new, Collectors.toList()));
        System.out.println(m.size() + " " + m.get("k500").size());
        Thread[] t = new Thread[4];
        for (int i = 0; i < 4; i++) { t[i] = new Thread(() -> new StringBuilder("x".repeat(100000)).reverse()); t[i].start(); }
        for (Thread x : t) x.join();
        java.util.zip.Deflater d = new java.util.zip.Deflater();
        d.setInput(new byte[100000]); d.finish();
        System.out.println(d.deflate(new byte[100000])); d.end();
        System.exit(4);
    }
}
END
    local status=0

    javac -J-XX:TieredStopAtLevel=1 Job.java
    java -Xmx256m Job || status=$?
    echo "$status"
}

do_cmake() {
    c_source
    printf 'cmake_minimum_required(VERSION 3.10)\nproject(job C)\nadd_executable(job job.c)\n' >CMakeLists.txt
    cmake -B out . | sed "s|$PWD||; /Configuring done/d; /Generating done/d"
    make -C out -j2 --no-print-directory | digest
    out/job || echo $?
}

do_git() {
    local i

    export GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
    git init -q -b main repo
    cd repo
    git config user.name name
    git config user.email a@b
    git config gc.autoDetach false
    for i in $(seq 15); do
        lines "$i"00 >file"$i"
        lines "$i" >changing
        git add .
        git commit -q -m "commit $i"
    done
    git log --stat -M | digest
    git gc -q --aggressive
    git fsck --full
    git rev-parse HEAD
    git diff HEAD~9 | digest
    git clone -q . ../copy
    git -C ../copy blame changing | wc -l
}

do_gdb() {
    c_source
    gcc -g -O0 -o job job.c
    gdb -nx -batch -ex 'info line main' -ex 'ptype compare' -ex 'disassemble main' job | digest
}

do_sqlite() {
    sqlite3 job.db "create table t(a integer primary key, b text); create index i on t(b);
        with recursive c(x) as (select 1 union all select x + 1 from c where x < 30000)
        insert into t select x, hex(x * 7919 % 30011) from c;
        select count(*), min(b), max(b) from t; select sum(a) from t where b like '3%';
        delete from t where a % 3; vacuum; pragma integrity_check; select count(*) from t;"
}

do_postgres() {
    local bin

    for bin in /usr/lib/postgresql/*/bin; do :; done
    as postgres "$bin/initdb" -D data -A trust -U me --no-sync --locale=C -E UTF8 | grep -c ok
    echo 'select sum(x), md5(string_agg(x::text, $$,$$)) from generate_series(1, 20000) x;' |
        as postgres "$bin/postgres" --single -D data postgres | grep -c 'sum\|md5'
    as postgres "$bin/pg_ctl" -s -w -D data -o "-k $PWD -h ''" -l log start
    psql -h "$PWD" -U me -At postgres <<'END'
create table t as select x as a, md5(x::text) as b from generate_series(1, 20000) x;
create index on t(b);
select count(*), max(b) from t;
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
select sum(a) from t where b like '%a';
do $$ begin for i in 1 .. 500 loop perform length(repeat('x', i)); end loop; end $$;
END
    as postgres "$bin/pg_ctl" -s -w -D data -m fast stop
    echo "stopped $?"
}

do_mariadb() {
    local pid status=0

    as mysql mariadb-install-db --no-defaults --auth-root-authentication-method=normal \
        --datadir="$PWD/data" --skip-test-db >log 2>&1
    as mysql mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/socket" --skip-networking \
        --pid-file="$PWD/pid" --innodb-buffer-pool-size=16M --innodb-use-native-aio=0 >>log 2>&1 &
    pid=$!
    wait_for mariadb-admin --no-defaults -u root -S "$PWD/socket" ping
    mariadb --no-defaults -u root -S "$PWD/socket" -N -e "create database d; use d;
        create table t(a int primary key, b text); insert into t select seq, md5(seq) from seq_1_to_20000;
        select count(*), max(b) from t; select sum(a) from t where b like '%a'; drop database d;"
    mariadb-admin --no-defaults -u root -S "$PWD/socket" shutdown
    wait "$pid" || status=$?
    echo "stopped $status"
}

do_redis() {
    local pid status=0

    redis-server --port 0 --unixsocket "$PWD/socket" --save '' --dir "$PWD" >log 2>&1 &
    pid=$!
    wait_for redis-cli -s socket ping
    seq 1 5000 | sed 's/.*/set key:& value-&-with-some-text/' | redis-cli -s socket | sort | uniq -c
    seq 1 5000 | sed 's/.*/rpush list &/' | redis-cli -s socket | tail -n 1
    redis-cli -s socket eval 'local n = 0 for i = 1, 5000 do n = n + #redis.call("get", "key:" .. i) end return n' 0
    redis-cli -s socket save
    redis-cli -s socket bgrewriteaof
    redis-cli -s socket flushall async
    redis-cli -s socket dbsize
    wait_for sh -c 'redis-cli -s socket info persistence | grep -q aof_rewrite_in_progress:0'
    redis-cli -s socket shutdown nosave
    wait "$pid" || status=$?
    echo "stopped $status"
}

do_memcached() {
    local pid status=0

    memcached -u "$(id -un)" -s "$PWD/socket" -t 4 -m 64 &
    pid=$!
    wait_for test -S socket
    perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new("socket") or die;
        for my $i (1 .. 3000) { my $v = "v" x ($i % 200 + 1); printf $s "set k$i 0 0 %d\r\n$v\r\n", length $v;
            my $r = <$s>; $n++ if $r =~ /STORED/ } print "$n\n";
        for my $i (1 .. 3000) { print $s "get k$i\r\n"; while (my $l = <$s>) { last if $l =~ /^END/; $b += length $l } }
        print "$b\n"'
    kill "$pid"
    wait "$pid" || status=$?
    echo "stopped $status"
}

do_nginx() {
    local port pid status=0

    port=$((20000 + $$ % 20000))
    lines 20000 >page
    chmod 755 .
    cat >conf <<END
daemon off; worker_processes 2; pid $PWD/pid; error_log $PWD/error.log;
user $(id -un) $(id -gn);
events { worker_connections 64; }
http { access_log off; gzip on; gzip_types *; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2;
 fastcgi_temp_path $PWD/t3; uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
 server { listen 127.0.0.1:$port; root $PWD; location /other { proxy_pass http://127.0.0.1:$port/page; } } }
END
    nginx -p "$PWD" -c "$PWD/conf" 2>>log &
    pid=$!
    wait_for curl -sf -o first "http://127.0.0.1:$port/page"
    curl -s --compressed "http://127.0.0.1:$port/page" | digest
    curl -s "http://127.0.0.1:$port/other" "http://127.0.0.1:$port/page" | digest
    curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/none"
    curl -s --parallel -o '#1' "http://127.0.0.1:$port/page?[1-40]"
    cat [0-9]* | digest
    kill -QUIT "$pid"
    wait "$pid" || status=$?
    echo "stopped $status"
}

do_openssl() {
    lines 20000 >text
    openssl dgst -sha3-256 text
    openssl enc -aes-256-cbc -pbkdf2 -pass pass:word -S 0011223344556677 -in text -out sealed
    digest <sealed
    openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:word -S 0011223344556677 -in sealed | digest
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert \
        -subj /CN=name -days 1 2>/dev/null
    openssl verify -CAfile cert cert
}

do_xz() {
    lines 60000 >text
    tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - text | xz -T2 --block-size=1MiB -6 >packed
    digest <packed
    xz -dc packed | tar -tvf -
    bzip2 -9 <text | bunzip2 | digest
    gzip -9n <text | digest
}

do_zstd() {
    lines 60000 >text
    zstd -q -T2 -12 -B512K text -o packed
    zstd -dc packed | digest
    split -n 50 text part
    zstd -q --train part* -o dictionary --maxdict=4096
    zstd -q -D dictionary -c partaa | zstd -q -D dictionary -dc | digest
}

do_jq() {
    seq 1 20000 | jq -c '{n: ., s: (tostring * 3), l: [range(. % 7)]}' >text
    jq -s 'group_by(.n % 10) | map({k: .[0].n, c: length, t: (map(.l | add // 0) | add)})' text | digest
    jq -r 'select(.s | test("(12)+3")) | .n' text | wc -l
}

do_vim() {
    lines 3000 >text
    vim -Nu NONE -i NONE -es -c '%s/\v(\w+) of (\w+)/\2 \1/g' -c 'g/5/m0' -c 'sort n' \
        -c 'let x = map(range(2000), "v:val * v:val") | call append(0, string(len(x)))' -c 'w! new' \
        -c 'qa!' text
    digest <new
}

do_emacs() {
    emacs -Q --batch --eval '(progn (dotimes (i 3000) (insert (format "line %d\n" (mod (* i 7919) 3001))))
        (sort-lines nil (point-min) (point-max)) (goto-char 1)
        (while (re-search-forward "line \\([0-9]+\\)" nil t) (replace-match "\\1 line"))
        (princ (md5 (buffer-string))) (garbage-collect) (terpri)
        (princ (shell-command-to-string "echo child")))'
}

do_ffmpeg() {
    local common='-nostdin -v error -threads 2'

    # shellcheck disable=SC2086 # a list of words
    ffmpeg $common -f lavfi -i testsrc=duration=2:size=320x240:rate=25 -f lavfi -i sine=duration=2 \
        -c:v mpeg4 -c:a aac -flags +bitexact -fflags +bitexact -y out.mkv
    # shellcheck disable=SC2086 # a list of words
    ffmpeg $common -i out.mkv -vf scale=160:120,hue=s=0 -map 0:v -f framemd5 - | digest
    # shellcheck disable=SC2086 # a list of words
    ffmpeg $common -i out.mkv -map 0:a -f md5 -
    ffprobe -v error -show_entries stream=codec_name,width,nb_frames -of csv out.mkv
}

do_imagemagick() {
    /usr/bin/convert -size 300x200 gradient:red-blue -swirl 90 -blur 0x2 -resize 50% -depth 8 out.png
    /usr/bin/convert out.png -rotate 30 -colorspace gray -depth 8 ppm:- | digest
    /usr/bin/identify -format '%w %h %m\n' out.png
}

do_ghostscript() {
    cat >job.ps <<'END'
%!PS
/Helvetica findfont 20 scalefont setfont
1 1 150 { /i exch def i 3 mul i 4 mul moveto i 20 string cvs show
 i 255 div 0.5 1 setrgbcolor i i 30 0 360 arc stroke } for
showpage
END
    gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=ppmraw -r72 -sOutputFile=out.ppm job.ps
    digest <out.ppm
    gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=pdfwrite -sOutputFile=out.pdf job.ps
    gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=ppmraw -r50 -sOutputFile=- out.pdf | digest
}

do_chromium() {
    cat >page.html <<'END'
<!doctype html><title>t</title><body><canvas id=c></canvas><p id=p></p><script>
let m = new Map(); for (let i = 0; i < 20000; i++) m.set('k' + i, {n: i, s: 'v'.repeat(i % 40)});
for (let i = 0; i < 500; i++) { let d = document.createElement('div'); d.textContent = i; document.body.append(d); }
let x = c.getContext('2d'); x.fillStyle = 'red'; x.fillRect(1, 1, 50, 50);
p.textContent = m.size + ' ' + JSON.stringify([...m.values()]).length + ' ' + x.getImageData(9, 9, 1, 1).data.join();
</script>
END
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync \
        --disable-background-networking --disable-component-update --disable-dev-shm-usage \
        --user-data-dir="$PWD/profile" --dump-dom "file://$PWD/page.html" >dom
    grep -o '<p id="p">.*</p>' dom
    digest <dom
}

package_of() {
    case $1 in
    gxx) echo g++ ;;
    lua) echo lua5.4 ;;
    tcl) echo tcl ;;
    python) echo python3 ;;
    node) echo nodejs ;;
    php) echo php-cli ;;
    guile) echo guile-3.0 ;;
    go) echo golang-go ;;
    java) echo openjdk-17-jdk-headless ;;
    sqlite) echo sqlite3 ;;
    postgres) echo postgresql ;;
    mariadb) echo mariadb-server ;;
    redis) echo redis-server ;;
    nginx) echo nginx ;;
    xz) echo xz-utils ;;
    emacs) echo emacs-nox ;;
    *) echo "$1" ;;
    esac
}

# What the kernel calls the program itself, as a pattern; NAME's helpers are called otherwise.
executable_of() {
    case $1 in
    gcc) echo cc1 ;;
    gxx) echo cc1plus ;;
    gfortran) echo f951 ;;
    java) echo 'java*' ;;
    mariadb) echo mariadbd ;;
    imagemagick) echo 'convert*' ;;
    ghostscript) echo gs ;;
    bash | perl | node | go | gawk | cmake | git | gdb | postgres | memcached | nginx | openssl | xz) echo "$1" ;;
    zstd | jq | ffmpeg | chromium) echo "$1" ;;
    *) echo "$1*" ;;
    esac
}

case $1 in
list) echo "$names" ;;
version) dpkg-query -W -f '${Version}' "$(package_of "$2")" 2>/dev/null || echo "not Debian's" ;;
executable) executable_of "$2" ;;
*) "do_$1" ;;
esac
