#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: shell.sh PAGE.html STYLE.css SCRIPT.js... - the page's parts as one, on standard output.
#
# The policy in the page names the digests of style and script: nothing else of that kind runs.
set -eu
page=$1
style=$2
shift 2
script=$(printf '"use strict";(() => {\n' && cat "$@" && printf '})();\n')
style_text=$(cat "$style")

digest() { # of standard input, as base64
    octal=$(sha256sum | cut -c 1-64 | sed 's/../& /g' | awk '
        function value(digit) { return index("0123456789abcdef", digit) - 1 }
        { for (i = 1; i <= NF; i++)
              printf "\\%03o", 16 * value(substr($i, 1, 1)) + value(substr($i, 2, 1)) }')
    # shellcheck disable=SC2059 # octal escapes are the point
    printf "$octal" | base64 | tr -d '\n'
}

policy="default-src 'none'; img-src data:; style-src 'sha256-$(printf '%s' "$style_text" | digest)'"
policy="$policy; script-src 'sha256-$(printf '%s' "$script" | digest)'; base-uri 'none'; form-action 'none'"

while IFS= read -r line; do
    case $line in
    @POLICY@) printf '<meta http-equiv="Content-Security-Policy" content="%s">\n' "$policy" ;;
    @STYLE@) printf '<style>%s</style>\n' "$style_text" ;;
    @SCRIPT@) printf '<script>%s</script>\n' "$script" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$page"
