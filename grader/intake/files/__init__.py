"""The files of a submission: found in folders and zips, named, decoded, chosen."""
