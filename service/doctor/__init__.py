"""Looks whether everything is in order and says who has to do what next. Reads only, beside a running bot or without one.

findings   what a look found, and how it reads for people and for programs
ground     this machine: settings, keys, database, disk
reach      the network: the platforms' addresses, the clock, our own public address
look       puts the looks together; what a platform must be asked is the platform's own business
"""

from service.doctor.findings import Finding, Report, State
from service.doctor.look import look, misset

__all__ = ["Finding", "Report", "State", "look", "misset"]
