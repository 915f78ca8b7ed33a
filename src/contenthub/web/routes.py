"""Every handler of the house, room by room; a module not listed here does not exist."""

from typing import Any

from contenthub.web import brand, published_files
from contenthub.web.api import accounts as api_accounts
from contenthub.web.api import asset_uploads as api_asset_uploads
from contenthub.web.api import assets as api_assets
from contenthub.web.api import audience_checks as api_audience_checks
from contenthub.web.api import audiences as api_audiences
from contenthub.web.api import audit as api_audit
from contenthub.web.api import bank as api_bank
from contenthub.web.api import branches as api_branches
from contenthub.web.api import cadence_runs as api_cadence_runs
from contenthub.web.api import cadences as api_cadences
from contenthub.web.api import calendar as api_calendar
from contenthub.web.api import club_rights as api_club_rights
from contenthub.web.api import clubs as api_clubs
from contenthub.web.api import consent_texts as api_consent_texts
from contenthub.web.api import conversions as api_conversions
from contenthub.web.api import customer_contacts as api_customer_contacts
from contenthub.web.api import customer_facts as api_customer_facts
from contenthub.web.api import customer_list as api_customer_list
from contenthub.web.api import customer_tags as api_customer_tags
from contenthub.web.api import customer_views as api_customer_views
from contenthub.web.api import customer_wishes as api_customer_wishes
from contenthub.web.api import customers as api_customers
from contenthub.web.api import deliveries as api_deliveries
from contenthub.web.api import fonts as api_fonts
from contenthub.web.api import health
from contenthub.web.api import import_undos as api_import_undos
from contenthub.web.api import imports as api_imports
from contenthub.web.api import item_sheets as api_item_sheets
from contenthub.web.api import item_versions as api_item_versions
from contenthub.web.api import items as api_items
from contenthub.web.api import jobs as api_jobs
from contenthub.web.api import keys as api_keys
from contenthub.web.api import kinds as api_kinds
from contenthub.web.api import kit_adoptions as api_kit_adoptions
from contenthub.web.api import kits as api_kits
from contenthub.web.api import labels as api_labels
from contenthub.web.api import leads as api_leads
from contenthub.web.api import library_views as api_library_views
from contenthub.web.api import links as api_links
from contenthub.web.api import lint as api_lint
from contenthub.web.api import lists as api_lists
from contenthub.web.api import matches as api_matches
from contenthub.web.api import members as api_members
from contenthub.web.api import mix as api_mix
from contenthub.web.api import notices as api_notices
from contenthub.web.api import poster_batches as api_poster_batches
from contenthub.web.api import poster_cdn as api_poster_cdn
from contenthub.web.api import poster_choices as api_poster_choices
from contenthub.web.api import poster_gallery as api_poster_gallery
from contenthub.web.api import poster_import as api_poster_import
from contenthub.web.api import poster_pictures as api_poster_pictures
from contenthub.web.api import poster_tryout as api_poster_tryout
from contenthub.web.api import posters as api_posters
from contenthub.web.api import pushes as api_pushes
from contenthub.web.api import reports as api_reports
from contenthub.web.api import review_comments as api_review_comments
from contenthub.web.api import review_facts as api_review_facts
from contenthub.web.api import review_flows as api_review_flows
from contenthub.web.api import reviews as api_reviews
from contenthub.web.api import revisions as api_revisions
from contenthub.web.api import rules as api_rules
from contenthub.web.api import scores as api_scores
from contenthub.web.api import script_copies as api_script_copies
from contenthub.web.api import security as api_security
from contenthub.web.api import segments as api_segments
from contenthub.web.api import session as api_session
from contenthub.web.api import signups as api_signups
from contenthub.web.api import staff as api_staff
from contenthub.web.api import staff_imports as api_staff_imports
from contenthub.web.api import tag_changes as api_tag_changes
from contenthub.web.api import tag_rules as api_tag_rules
from contenthub.web.api import tags as api_tags
from contenthub.web.api import tasks as api_tasks
from contenthub.web.api import webhooks as api_webhooks
from contenthub.web.console import account as console_account
from contenthub.web.console import assets as console_assets
from contenthub.web.console import audience_index as console_audience_index
from contenthub.web.console import audiences as console_audiences
from contenthub.web.console import audit as console_audit
from contenthub.web.console import bank as console_bank
from contenthub.web.console import branches as console_branches
from contenthub.web.console import cadence_runs as console_cadence_runs
from contenthub.web.console import cadences as console_cadences
from contenthub.web.console import calendar as console_calendar
from contenthub.web.console import club_rights as console_club_rights
from contenthub.web.console import clubs as console_clubs
from contenthub.web.console import consent_texts as console_consent_texts
from contenthub.web.console import conversions as console_conversions
from contenthub.web.console import customer_edit as console_customer_edit
from contenthub.web.console import customer_list as console_customer_list
from contenthub.web.console import customer_timeline as console_customer_timeline
from contenthub.web.console import customer_views as console_customer_views
from contenthub.web.console import customers as console_customers
from contenthub.web.console import datakeys as console_datakeys
from contenthub.web.console import fonts as console_fonts
from contenthub.web.console import guests as console_guests
from contenthub.web.console import home as console_home
from contenthub.web.console import imports as console_imports
from contenthub.web.console import item_forms as console_item_forms
from contenthub.web.console import item_history as console_item_history
from contenthub.web.console import item_saving as console_item_saving
from contenthub.web.console import item_sheets as console_item_sheets
from contenthub.web.console import items as console_items
from contenthub.web.console import keys as console_keys
from contenthub.web.console import kit_adoptions as console_kit_adoptions
from contenthub.web.console import kits as console_kits
from contenthub.web.console import labels as console_labels
from contenthub.web.console import leads as console_leads
from contenthub.web.console import library as console_library
from contenthub.web.console import library_deeds as console_library_deeds
from contenthub.web.console import library_views as console_library_views
from contenthub.web.console import lists as console_lists
from contenthub.web.console import matching as console_matching
from contenthub.web.console import members as console_members
from contenthub.web.console import mix as console_mix
from contenthub.web.console import poster_batches as console_poster_batches
from contenthub.web.console import poster_canvas as console_poster_canvas
from contenthub.web.console import poster_cdn as console_poster_cdn
from contenthub.web.console import poster_contacts as console_poster_contacts
from contenthub.web.console import poster_editor as console_poster_editor
from contenthub.web.console import poster_import as console_poster_import
from contenthub.web.console import poster_tryout as console_poster_tryout
from contenthub.web.console import posters as console_posters
from contenthub.web.console import push_wizard as console_push_wizard
from contenthub.web.console import pushes as console_pushes
from contenthub.web.console import reports as console_reports
from contenthub.web.console import review_comments as console_review_comments
from contenthub.web.console import review_records as console_review_records
from contenthub.web.console import review_setup as console_review_setup
from contenthub.web.console import reviews as console_reviews
from contenthub.web.console import roles as console_roles
from contenthub.web.console import rules as console_rules
from contenthub.web.console import scores as console_scores
from contenthub.web.console import search as console_search
from contenthub.web.console import security as console_security
from contenthub.web.console import session as console_session
from contenthub.web.console import setup as console_setup
from contenthub.web.console import signups as console_signups
from contenthub.web.console import staff as console_staff
from contenthub.web.console import staff_imports as console_staff_imports
from contenthub.web.console import tag_changes as console_tag_changes
from contenthub.web.console import tag_rules as console_tag_rules
from contenthub.web.console import tags as console_tags
from contenthub.web.console import webhooks as console_webhooks
from contenthub.web.h5 import cards as h5_cards
from contenthub.web.h5 import clubs as h5_clubs
from contenthub.web.h5 import customer_timeline as h5_customer_timeline
from contenthub.web.h5 import customers as h5_customers
from contenthub.web.h5 import dayresult as h5_dayresult
from contenthub.web.h5 import followups as h5_followups
from contenthub.web.h5 import home as h5_home
from contenthub.web.h5 import leads as h5_leads
from contenthub.web.h5 import matches as h5_matches
from contenthub.web.h5 import needs as h5_needs
from contenthub.web.h5 import notices as h5_notices
from contenthub.web.h5 import posters as h5_posters
from contenthub.web.h5 import results as h5_results
from contenthub.web.h5 import scores as h5_scores
from contenthub.web.h5 import scripts as h5_scripts
from contenthub.web.h5 import shares as h5_shares
from contenthub.web.h5 import signups as h5_signups
from contenthub.web.h5 import tasks as h5_tasks
from contenthub.web.h5 import wecom as h5_wecom
from contenthub.web.landing import card_files as landing_card
from contenthub.web.landing import lead as landing_lead
from contenthub.web.landing import phone_preview
from contenthub.web.landing import pictures as landing_pictures
from contenthub.web.landing import refuse as landing_refuse
from contenthub.web.landing import related as landing_related
from contenthub.web.landing import share as landing_share
from contenthub.web.platform import account as platform_account
from contenthub.web.platform import banks as platform_banks
from contenthub.web.platform import domains as platform_domains
from contenthub.web.platform import door as platform_door
from contenthub.web.platform import guests as platform_guests

MODULES = (
    console_tag_changes,
    console_club_rights,
    console_clubs,
    console_scores,
    console_tag_rules,
    console_tags,
    console_imports,
    console_lists,
    console_matching,
    console_customer_edit,
    console_customer_list,
    console_customer_timeline,
    console_customer_views,
    console_consent_texts,
    console_customers,
    console_audience_index,
    console_audiences,
    api_segments,
    api_tag_changes,
    api_club_rights,
    api_clubs,
    api_scores,
    api_tag_rules,
    api_tags,
    api_imports,
    api_lists,
    api_matches,
    api_import_undos,
    api_customer_contacts,
    api_customer_facts,
    api_customer_list,
    api_customer_tags,
    api_customer_views,
    api_customer_wishes,
    api_consent_texts,
    api_customers,
    api_audience_checks,
    api_audiences,
    health,
    api_members,
    api_mix,
    api_conversions,
    api_notices,
    api_poster_batches,
    api_poster_pictures,
    api_poster_cdn,
    api_poster_choices,
    api_poster_gallery,
    api_poster_import,
    api_poster_tryout,
    api_fonts,
    api_posters,
    api_accounts,
    api_security,
    api_session,
    api_audit,
    api_reviews,
    api_review_comments,
    api_review_facts,
    api_review_flows,
    api_revisions,
    api_lint,
    api_items,
    api_labels,
    api_library_views,
    api_item_sheets,
    api_item_versions,
    api_asset_uploads,
    api_assets,
    api_bank,
    api_branches,
    api_cadence_runs,
    api_cadences,
    brand,
    published_files,
    api_jobs,
    api_keys,
    api_staff,
    api_staff_imports,
    api_calendar,
    api_deliveries,
    api_pushes,
    api_tasks,
    console_assets,
    console_audit,
    console_bank,
    console_branches,
    console_cadence_runs,
    console_cadences,
    console_datakeys,
    console_guests,
    console_home,
    console_item_forms,
    console_item_sheets,
    console_items,
    console_item_history,
    console_item_saving,
    console_keys,
    console_kit_adoptions,
    console_kits,
    console_members,
    console_mix,
    console_conversions,
    console_poster_canvas,
    console_poster_batches,
    console_poster_cdn,
    console_poster_contacts,
    console_poster_editor,
    console_poster_import,
    console_poster_tryout,
    console_fonts,
    console_posters,
    console_roles,
    console_search,
    console_account,
    console_security,
    console_session,
    console_setup,
    console_staff,
    console_staff_imports,
    api_kinds,
    api_kit_adoptions,
    api_kits,
    api_leads,
    api_signups,
    api_links,
    api_script_copies,
    api_reports,
    console_leads,
    console_signups,
    console_library,
    console_library_deeds,
    console_library_views,
    console_labels,
    console_calendar,
    console_push_wizard,
    console_pushes,
    console_reports,
    console_reviews,
    console_review_comments,
    console_review_records,
    console_review_setup,
    h5_cards,
    h5_customer_timeline,
    h5_clubs,
    h5_customers,
    h5_dayresult,
    h5_followups,
    h5_home,
    h5_leads,
    h5_matches,
    h5_needs,
    h5_notices,
    h5_posters,
    h5_results,
    h5_scores,
    h5_scripts,
    h5_shares,
    h5_signups,
    h5_tasks,
    h5_wecom,
    api_rules,
    console_rules,
    api_webhooks,
    console_webhooks,
    landing_card,
    landing_lead,
    landing_pictures,
    phone_preview,
    landing_refuse,
    landing_related,
    landing_share,
    platform_account,
    platform_banks,
    platform_domains,
    platform_door,
    platform_guests,
)


def handlers() -> list[Any]:
    """Return the handlers and routers of all modules."""
    return [handler for module in MODULES for handler in module.HANDLERS]
