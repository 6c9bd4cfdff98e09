"""The conversations, one file each. An asking step stands above its answering step.

They import each other as modules, never names, so that a circle between two of them is harmless.
"""
