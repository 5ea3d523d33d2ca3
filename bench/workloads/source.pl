# SPDX-License-Identifier: MIT
#
# usage: source.pl FUNCTIONS - a C program of that many functions, to be preprocessed and compiled.
use strict;
use warnings;

my $functions = shift;

print "#include <$_.h>\n" for qw(ctype errno math signal stdint stdio stdlib string time unistd);
print <<'C';
struct item { struct item *next; char name[32]; long weight; double score; };
#define BOUND(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))
#define WALK(at, list) for (const struct item *at = (list); at; at = at->next)
C

my @bodies = (
    sub { my $n = shift; <<"C" },
static long weigh_$n(const struct item *list, long limit)
{
    long sum = $n;
    WALK(at, list) {
        if (at->weight > limit)
            sum += BOUND(at->weight, 0, limit);
        else
            sum ^= (long)strlen(at->name) * $n + at->weight % 7;
    }
    return sum;
}
C
    sub { my $n = shift; <<"C" },
static int classify_$n(const char *text)
{
    int state = 0;
    for (; *text; text++) {
        switch (state + (unsigned char)*text % 8) {
@{[map { "        case $_: state = (state * " . ($n % 13 + 2) . " + $_) & 7; break;\n" } 0 .. 9]}
        default: state = isalpha((unsigned char)*text) ? 1 : toupper((unsigned char)*text) & 3;
        }
    }
    return state;
}
C
    sub { my $n = shift; <<"C" },
static double smooth_$n(double *values, int count)
{
    double sum = 0;
    for (int i = 1; i + 1 < count; i++) {
        values[i] = (values[i - 1] + values[i] * $n + values[i + 1]) / ($n + 2.0);
        sum += sqrt(values[i] * values[i] + 1.0);
    }
    for (int i = 0; i < count / 2; i++)
        values[i] += values[count - 1 - i] * 0.5;
    return sum;
}
C
    sub { my $n = shift; <<"C" },
static struct item *insert_$n(struct item *list, const char *name, long weight)
{
    struct item *fresh = malloc(sizeof *fresh), **at = &list;
    if (!fresh)
        return list;
    snprintf(fresh->name, sizeof fresh->name, "%s-%d", name, $n);
    fresh->weight = weight;
    fresh->score = (double)weight / $n;
    while (*at && strcmp((*at)->name, fresh->name) < 0)
        at = &(*at)->next;
    fresh->next = *at;
    *at = fresh;
    return list;
}
C
);

print $bodies[$_ % @bodies]->($_) for 1 .. $functions;
print "int main(int argc, char **argv)\n{\n    double values[64] = {1};\n";
print "    struct item *list = NULL;\n    long sum = 0;\n";
for my $n (1 .. $functions) {
    my $kind = $n % @bodies;
    print "    sum += weigh_$n(list, argc);\n" if $kind == 0;
    print "    sum += classify_$n(argv[0]);\n" if $kind == 1;
    print "    sum += (long)smooth_$n(values, 64);\n" if $kind == 2;
    print "    list = insert_$n(list, argv[0], sum);\n" if $kind == 3;
}
print "    printf(\"%ld\\n\", sum);\n    return 0;\n}\n";
