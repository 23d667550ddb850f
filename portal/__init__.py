"""The shell: settings, urls, menu, base templates. Sees everything, is seen by nobody."""
