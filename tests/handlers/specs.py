"""Specifications for tests: a good one, and ways to spoil it."""

GOOD = """\
# Feature Specification: Sign in with a code

**Feature Branch**: `001-login`
**Created**: 2026-11-20
**Status**: Draft

## User Scenarios & Testing *(mandatory)*

<!-- Stories in the order of their weight. -->

### User Story 1 - Get a code by mail (Priority: P1)

A customer who forgot the password asks for a code and signs in with it.

**Why this priority**: Most calls to the support are about passwords.

**Independent Test**: Ask for a code with a test account and sign in.

**Acceptance Scenarios**:

1. **Given** a known address, **When** the customer asks for a code, **Then** a mail with six digits arrives.
2. **Given** a code of yesterday, **When** it is typed in, **Then** the page says that it has expired.

### Edge Cases

- What happens when two codes are asked for? Only the last one counts.

## Requirements *(mandatory)*

### Functional Requirements

- **FR-001**: The shop MUST send a code of six digits to a known address.
- **FR-002**: A code of FR-001 MUST expire after ten minutes.

## Success Criteria *(mandatory)*

### Measurable Outcomes

- **SC-001**: Nine of ten customers sign in within two minutes.
"""


def spoiled(old: str, new: str) -> str:
    """The good one with one part changed."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def without(first: str, last: str) -> str:
    """The good one without the lines from this one to the one before that one."""
    start, end = GOOD.index(first), GOOD.index(last) if last else len(GOOD)
    return GOOD[:start] + GOOD[end:]
