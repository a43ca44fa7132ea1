"""The admin of the generation app, in the module where Django looks for it."""

from generation.admin import appeals, batches, generations, models, moderation, providers, style_presets
