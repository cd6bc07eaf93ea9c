"""Data sets: tables that a full name stands for, with where they lie and what columns they have.

What is told of them is kept and shown, and never opened.
"""

from app.datasets.data_tables import (
    create_table,
    delete_table,
    get_table,
    list_tables,
    rename_table,
    restore_table,
    update_table,
)
from app.datasets.named import find_or_register
from app.datasets.values import Column, Contents, DataTable

__all__ = [
    "Column",
    "Contents",
    "DataTable",
    "create_table",
    "delete_table",
    "find_or_register",
    "get_table",
    "list_tables",
    "rename_table",
    "restore_table",
    "update_table",
]
