"""The classifiers behind `app.ports.Classifier`, one file each."""
