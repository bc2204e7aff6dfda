"""The trackers that ship with wflpy: one subpackage per backend, none imported before it is opened."""
