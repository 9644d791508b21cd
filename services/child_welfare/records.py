"""All kinds of record of child welfare, by desk: CRIP, ASE, and the field (PMI, HOME, MO)."""

from __future__ import annotations

from typing import Final

from services.agency.record.record import kinds
from services.child_welfare import ase_records as ase
from services.child_welfare import crip_records as crip
from services.child_welfare import field_records as field

KINDS: Final = kinds(
    crip.CripSignalement,
    crip.EvaluatorsRequest,
    crip.ContributionRequest,
    crip.LinkRecord,
    crip.UnlinkRecord,
    crip.OutcomeFeedback,
    ase.AssociationReferral,
    ase.EvaluatorsReport,
    ase.Aed,
    ase.AdministrativeMeasureEnd,
    ase.SchoolingNotice,
    ase.AbsenceNotice,
    ase.CoordinationInvitation,
    ase.CoordinationDecisions,
    field.InformationPreoccupante,
    field.Signalement,
    field.SignalementCopy,
    field.EvaluationContribution,
    field.IncidentNote,
    field.Runaway,
    field.RunawayEnd,
    field.MeasureReport,
    field.ProgressReport,
)
