"""Refusals of lists of members (import, export) and of endorsements: one class each, named by its stable code."""

from core.errors import Conflict, Invalid, NotFound, Refused

# --- Import, the whole file


class ImportColumnsMissing(Invalid):
    """No column of the file is headed as that of the names. Data: `field`."""

    code = "import_columns_missing"


class ImportUnknown(NotFound):
    """There is no such import, or its rows are gone."""

    code = "import_unknown"


class ImportRepeated(Conflict):
    """The same file was started before. Data: `import_id` of that import."""

    code = "import_repeated"


class ImportStateWrong(Refused):
    """The import is not in a state in which this can be done. Data: `state`."""

    code = "import_state_wrong"


# --- Import, row by row


class ImportRowUnreadable(Invalid):
    """A row that cannot be used. Data: `reason`: formula, encoding, long."""

    code = "import_row_unreadable"


class ImportPhoneRepeated(Invalid):
    """The telephone number stands in an earlier row of the file already. Data: `row`."""

    code = "import_phone_repeated"


class ImportRowRepeated(Invalid):
    """An earlier row names the same person without a telephone. Data: `row`."""

    code = "import_row_repeated"


class ImportKnown(Conflict):
    """A member has this telephone number. Data: `number` of the member."""

    code = "import_known"


class ImportNamesake(Conflict):
    """The squad has a member of this name without a telephone. Data: `number` of the member."""

    code = "import_namesake"


class ImportSquadUnknown(Invalid):
    """No squad has this name. Data: `squad`."""

    code = "import_squad_unknown"


class ImportAreaUnknown(Invalid):
    """No area has this name. Data: `area`."""

    code = "import_area_unknown"


class ImportAreaAmbiguous(Invalid):
    """Several areas have this name. Data: `area`."""

    code = "import_area_ambiguous"


class ImportRoleUnknown(Invalid):
    """Members come in as volunteers or residents. Data: `role`."""

    code = "import_role_unknown"


# --- Export


class ExportTooLarge(Refused):
    """More members than are written into one file. Data: `most`, `kind`."""

    code = "export_too_large"


# --- Endorsements


class EndorsementMissing(Refused):
    """Too few members have vouched for the applicant, and no reason is given. Data: `field`, `needed`, `given`."""

    code = "endorsement_missing"


class EndorsementUnknown(NotFound):
    """There is no such request, or it is for somebody else."""

    code = "endorsement_unknown"


class EndorserNumberInvalid(Invalid):
    """Neither a member number nor the code of a card. Data: `field`."""

    code = "endorser_number_invalid"


class EndorserNew(Refused):
    """The member has not been one for long enough. Data: `days` that it takes."""

    code = "endorser_new"


class EndorserHousehold(Refused):
    """The applicant is the member himself or of his household: somebody he looks after, or who looks after him."""

    code = "endorser_household"


class EndorsedEnough(Refused):
    """The member has vouched for as many people as one may in a month. Data: `most`."""

    code = "endorsed_enough"


class ApplicantNotFound(NotFound):
    """Number and name are not those of somebody who waits to be admitted."""

    code = "applicant_not_found"


class ApplicantDecided(Refused):
    """The application is decided: nobody needs to vouch any more."""

    code = "applicant_decided"


class EndorsersEnough(Refused):
    """The applicant has named as many members as he may. Data: `most`."""

    code = "endorsers_enough"
