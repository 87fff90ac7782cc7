"""Takes secrets out of text that leaves a room: logs, comments, progress, results. Pure; used by bot and runner.

It knows the shapes of the secrets that pass through this house and of the common ones; it is the second line of
defence, the first being that a secret is never put there.
"""

import re

from crds.assigned_secrets import mask_assigned

MASK = "[redacted]"

_SHAPES = re.compile(
    r"""
    gh[oprsu]_[A-Za-z0-9_]{16,}                                   # GitHub tokens
  | github_pat_[A-Za-z0-9_]{20,}
  | sk-ant-[A-Za-z0-9_-]{10,}                                     # Anthropic keys
  | sk-(?:proj-|svcacct-)?[A-Za-z0-9_]{32,}                       # other makers' keys
  | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}       # Slack tokens
  | (?:AKIA|ASIA)[0-9A-Z]{16}                                     # AWS
  | AIza[0-9A-Za-z_-]{35}                                         # Google
  | glpat-[A-Za-z0-9_-]{16,}                                      # GitLab
  | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_-]{32,} | hf_[A-Za-z0-9]{30,} | [rs]k_live_[A-Za-z0-9]{16,}
  | (?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*    # JWTs, of ServiceAccounts too
  | -----BEGIN[ A-Z]*PRIVATE\ KEY-----.*?(?:-----END[ A-Z]*PRIVATE\ KEY-----|\Z)
  | (?<=://)[^/\s:@]*:[^/\s]+(?=@)                               # user:password in an address
  | (?<=://)[^/\s:@]{20,}(?=@)                                    # token@ in an address
  | (?i:(?<=bearer\s))(?=[^\s]{0,200}[0-9])[A-Za-z0-9._~+/=-]{12,}   # a digit tells it from a word
  | (?i:(?<=authorization:\sbasic\s))[A-Za-z0-9+/=_-]{8,}
    """,
    re.VERBOSE | re.DOTALL,
)


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced by a mask."""
    return mask_assigned(_SHAPES.sub(MASK, text), MASK)
