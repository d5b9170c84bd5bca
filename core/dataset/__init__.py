"""Pictures and what is known about them: tables, picture formats, frames and the prompt template.

Empty on purpose: `core.specs` imports the prompt template from here, and needs none of the rest.
"""
