"""The averages of weights over time: which weights are evaluated and saved, one file for each way to average."""
