"""The embedded samples: generated images in ten classes, for use where no data set is at hand."""
