"""Every room's models, so that the schema is known as one whole."""

from sqlalchemy import MetaData

import contenthub.customers.models
import contenthub.customers.models_behaviour
import contenthub.customers.models_clubs
import contenthub.customers.models_rules
import contenthub.customers.models_scores
import contenthub.customers.models_tags
import contenthub.customers.models_texts
import contenthub.kits.models
import contenthub.library.models
import contenthub.library.models_assets
import contenthub.library.models_imports
import contenthub.library.models_labels
import contenthub.library.models_reviews
import contenthub.library.models_rules
import contenthub.posters.models
import contenthub.posters.models_choices
import contenthub.posters.models_contact
import contenthub.posters.models_fonts
import contenthub.posters.models_published
import contenthub.scheduler.models
import contenthub.scheduler.models_cadences
import contenthub.scheduler.models_gone
import contenthub.scheduler.models_heartbeats
import contenthub.scheduler.models_mix
import contenthub.sharing.models
import contenthub.sharing.models_clubs
import contenthub.tenants.models
import contenthub.tenants.models_security
import contenthub.tenants.models_webhooks
import contenthub.uploads.models  # noqa: F401  # imported for the tables they register
from contenthub.db import Base

metadata: MetaData = Base.metadata
