#!/usr/bin/env bash
# tools/format.sh [--check] [--since COMMIT | FILE...]: clang-format 14 on the given C++ files (default: all that git holds);
# with --since on those that differ from the commit.
# --check changes nothing and fails when something would change; it is skipped where clang-format is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
check=0
if [ "${1:-}" = --check ]; then check=1; shift; fi
since=
if [ "${1:-}" = --since ]; then since=${2:?which commit?}; shift 2; fi

format=$(command -v clang-format-14 || true)
if [ -z "$format" ]; then
  if [ $check = 1 ]; then echo "format: skipped: clang-format-14 is not installed"; exit 0; fi
  echo "format: needs clang-format-14 (apt-get install clang-format-14)" >&2
  exit 1
fi
if [ -n "$since" ]; then
  if ! git rev-parse -q --verify "$since^{commit}" >/dev/null; then echo "format: skipped: there is no commit $since to compare with"; exit 0; fi
  mapfile -t files < <(git diff --name-only --diff-filter=d "$since" -- '*.cc' '*.h' | grep -E '^(src|include|tests|fuzz|bench)/' || true)
  if [ ${#files[@]} -eq 0 ]; then echo "format: no C++ file differs from $since"; exit 0; fi
elif [ $# -gt 0 ]; then files=("$@"); else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cc' '*.h' | grep -E '^(src|include|tests|fuzz|bench)/')
fi
if [ $check = 0 ]; then
  "$format" -i "${files[@]}"
  echo "format: ${#files[@]} files"
  exit 0
fi
wrong=$({ "$format" --dry-run --Werror "${files[@]}" 2>&1 || true; } | { grep -E '(error|warning):' || true; } | cut -d: -f1 | sort | uniq -c)
if [ -n "$wrong" ]; then
  printf '%s\n' "$wrong"
  echo "format: run tools/format.sh on the files above (with the number of places)" >&2
  exit 1
fi
echo "format: ${#files[@]} files are as they should be"
