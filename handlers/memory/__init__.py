"""What is remembered of a repository from one session to the next: proposed, taken up, aged, forgotten. Pure.

note.py has the words; each other room is one decision. bot/store/notes.py keeps what they decide, and nobody else
writes there: no agent can.
"""
