"""Alerts: made from rows that are there, sent to where each person wants them.

rows ──sources──> intents ──derive──> Notification + Delivery ──deliveries──> page, e-mail, Slack, webhook
                                        └──digests──> one e-mail a day
"""
