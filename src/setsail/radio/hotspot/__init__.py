"""The IMT-2020 indoor hotspot: geometry and coupling gain of UEs dropped in an office hall, run by run."""
