"""Server takes detector files and HTTP requests; gives scores, detections and explanations."""
