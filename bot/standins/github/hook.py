"""The pre-receive hook of every repository here: GitHub's branch protection and its rule about workflow files.

git runs it for each push over HTTP; the door (`git_http`) tells it by environment what the pusher may do.
GitHub refuses per reference; this hook refuses the whole push, which is the stricter of the two.
"""

PROTECTED_REF = "STANDIN_PROTECTED_REF"
MAY_CHANGE_WORKFLOWS = "STANDIN_MAY_CHANGE_WORKFLOWS"

PRE_RECEIVE = """\
#!/bin/sh
while read -r old new ref; do
  if [ "$ref" = "$STANDIN_PROTECTED_REF" ]; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1
  fi
  case "$new" in *[!0]*) ;; *) continue ;; esac
  [ "$STANDIN_MAY_CHANGE_WORKFLOWS" = yes ] && continue
  touched=$(git log -c --name-only --format= "$new" --not --all -- .github/workflows | sed -n '/./{p;q;}')
  if [ -n "$touched" ]; then
    echo "refusing to allow a GitHub App to create or update workflow \\`$touched\\`" \\
      "without \\`workflows\\` permission" >&2
    exit 1
  fi
done
"""
