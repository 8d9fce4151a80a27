-- What the outbox remembers of the LEDGER stream, and an operator's wish to have it refilled.

ALTER TABLE ledger.cursors
    ADD COLUMN stream_intact_from bigint,
    ADD COLUMN stream_missing bigint,
    ADD COLUMN republish_from bigint CHECK (republish_from > 0),
    ADD COLUMN republish_until bigint,
    ADD CONSTRAINT only_the_outbox_follows_a_stream CHECK (name = 'outbox' OR coalesce(
        stream_created_at::text, stream_sequence::text, stream_intact_from::text,
        stream_missing::text, republish_from::text, republish_until::text) IS NULL);

COMMENT ON COLUMN ledger.cursors.position IS 'the last event that was taken in or published';
COMMENT ON COLUMN ledger.cursors.hash IS 'its hash, NULL at position 0';
COMMENT ON COLUMN ledger.cursors.stream_created_at IS
    'when the stream was created that the outbox published to; another time is another stream';
COMMENT ON COLUMN ledger.cursors.stream_sequence IS 'the last sequence that the outbox has used';
COMMENT ON COLUMN ledger.cursors.stream_intact_from IS
    'from here on the stream held everything that somebody may still wait for';
COMMENT ON COLUMN ledger.cursors.stream_missing IS
    'how many messages were gone from the middle of the stream when it was looked at';
COMMENT ON COLUMN ledger.cursors.republish_from IS
    'the position from which an operator wants the log published again, until that is done';
COMMENT ON COLUMN ledger.cursors.republish_until IS
    'up to where, known once it has begun; afterwards that of the last time';
