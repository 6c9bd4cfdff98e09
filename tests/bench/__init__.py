"""What a webhook costs, told as ratios against the least honest work in the same run: ``make bench``."""
