"""Uploads 上传的文件: the life of an import, the same for customers, people and items.

A file is kept, its columns are confirmed, it is tried and loaded in batches by a long job, and
goes when it is not needed. What a row means and what is written of it is the importing room's.
"""
