"""DVC's files as DVC reads them, from git's index and without DVC: its import alone takes longer than a hook may."""
