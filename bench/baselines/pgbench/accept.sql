-- One supplement accepted: what supp-service does for a whole group, for one row in a transaction of its own.
\set order random(1, 5000)
\set number random(1, 9000000000000000)
BEGIN;
SELECT last_sequence + 1 AS sequence FROM supp_service.order_line WHERE order_id = ANY(ARRAY['order-' || :order::text]) ORDER BY order_id FOR UPDATE \gset
SELECT id, order_id, request_hash AS hash FROM supp_service.supplement WHERE id = ANY(ARRAY['pgbench-' || :number::text]);
SELECT k.order_id, k.item_id, k.state, k.point_of_no_return FROM unnest(ARRAY['order-' || :order::text], ARRAY['1']) AS w(order_id, item_id) JOIN supp_service.known_item k USING (order_id, item_id);
INSERT INTO supp_service.supplement (id, order_id, place, sequence, state, category, by, submitted_at, request_hash, request) VALUES ('pgbench-' || :number::text, 'order-' || :order::text, :sequence::int, :sequence::int, 'accepted', 'technicalDetail', 'anonymous', now(), '', '{"category":"technicalDetail","reason":{"text":"op-123456"},"changes":{"productOrderItem":[{"id":"1","intent":"amend","product":{"productCharacteristic":[{"name":"setting-11","value":"op-123456"}]}}]}}');
UPDATE supp_service.order_line SET last_sequence = :sequence::int, last_place = :sequence::int, accepted = :sequence::int, accepted_after_confirmation = 0, waiting = 0, changed_at = date_trunc('minute', now()) WHERE order_id = 'order-' || :order::text;
INSERT INTO supp_service.audit (at, by, action, order_id, supplement_id, reason, detail) VALUES (now(), 'anonymous', 'supplement.accepted', 'order-' || :order::text, 'pgbench-' || :number::text, '{"text":"op-123456"}', '{"after":{"state":"accepted","sequence":1}}');
INSERT INTO supp_service.outbox (id, type, subject, partitionkey, sequence, time, source, routing_key, data) VALUES ('pgbench-' || :number::text, 'io.supping.supplement.accepted.v1', 'order-' || :order::text, 'order-' || :order::text, :sequence::int, now(), '/supp-service', 'supplement.accepted.03', '{"category":"technicalDetail","reason":{"text":"op-123456"},"changes":{"productOrderItem":[{"id":"1","intent":"amend","product":{"productCharacteristic":[{"name":"setting-11","value":"op-123456"}]}}]},"id":"0f8fad5b-d9cb-469f-a165-70867728950e","orderId":"order-1234","submittedAt":"2026-01-01T00:00:00.000Z","by":"anonymous","sequence":1}');
COMMIT;
