"""Use cases of letters of encouragement and of titles."""

from honours.service.letters import issue_letter, revoke_letter, show_letter
from honours.service.titles import give_honour, revoke_honour

__all__ = ["give_honour", "issue_letter", "revoke_honour", "revoke_letter", "show_letter"]
