#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The licence stands in the first two lines of each source.
set -eu
status=0
for file in $("$(dirname "$0")"/sources.sh '*.[ch]' '*.cc' '*.sh' '*.p[ly]' '*.mk' '*.map' \
    '*.js' '*.css' Makefile run); do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT' && continue
    echo "$file: no SPDX-License-Identifier: MIT in its first two lines"
    status=1
done
exit $status
