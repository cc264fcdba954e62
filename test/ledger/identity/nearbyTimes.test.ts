import type { TimeIndex } from '../../../ledger/model/row';
import { expiredEntryIds, assignOccurrence, dropMissing } from '../../../ledger/identity/nearbyTimes';
import { START_TIME as NOW } from '../fakeClock';
import { buildRequest, ENTRY_RETENTION_MS } from '../requests';

const NONE_MISSING: ReadonlySet<string> = new Set();

describe('a rounded time', () => {
	const at = (time: string, treatAs: 'minute' | 'day' = 'minute') => {
		const request = buildRequest({
			keyFields: [
				{ name: 'order', value: '1001', treatAs: 'text' },
				{ name: 'at', value: time, treatAs },
			],
		});
		if (!request.timeIndex) throw new Error('It has no timeline');
		return { ...request, timeIndex: request.timeIndex };
	};
	const placed = (times: string[], now = NOW) =>
		times.reduce<{ existing: TimeIndex | undefined; ids: string[] }>(
			({ existing: current, ids }, time) => {
				const place = assignOccurrence(current, at(time), NONE_MISSING, now);
				return { existing: place.next ?? current, ids: [...ids, place.entryId] };
			},
			{ existing: undefined, ids: [] },
		);

	it('joins the entry on the other side of the boundary, whichever came first', () => {
		for (const times of [
			['10:40:59', '10:41:00'],
			['10:41:00', '10:40:59'],
		]) {
			const { ids } = placed(times.map((time) => `2026-11-24T${time}Z`));
			expect(ids[1]).toBe(ids[0]);
		}
	});

	it('finds the same entry again after others were added in between', () => {
		const times = ['10:40:59', '10:41:00', '10:41:29', '10:41:00', '10:40:59'].map(
			(time) => `2026-11-24T${time}Z`,
		);
		const { ids } = placed(times);
		expect(ids[3]).toBe(ids[1]);
		expect(ids[4]).toBe(ids[0]);
		expect(ids[2]).not.toBe(ids[0]);
	});

	it('needs no write if its time is known', () => {
		const { existing: current } = placed(['2026-11-24T10:40:59Z']);
		expect(assignOccurrence(current, at('2026-11-24T10:41:00Z'), NONE_MISSING, NOW).next).toBeUndefined();
	});

	it('writes a timeline that expires with its newest moment, version by version', () => {
		const { existing: current } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		expect(current?.occurrences).toHaveLength(2);
		expect(current?.expiresAt).toBe(NOW + ENTRY_RETENTION_MS);
		const next = assignOccurrence(current, at('2026-11-24T12:40:00Z'), NONE_MISSING, NOW).next;
		expect(next?.version).toBe((current?.version ?? 0) + 1);
	});

	it('drops times whose entries are deleted, and looks for them past their retention', () => {
		const { existing: current, ids } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		if (!current) throw new Error('It has no timeline');
		expect(expiredEntryIds(current, ENTRY_RETENTION_MS, NOW + ENTRY_RETENTION_MS - 1)).toEqual([]);
		expect(expiredEntryIds(current, ENTRY_RETENTION_MS, NOW + ENTRY_RETENTION_MS)).toEqual(ids);
		const gone = new Set([ids[0] ?? '']);
		const next = assignOccurrence(
			current,
			at('2027-03-24T10:40:00Z'),
			gone,
			NOW + ENTRY_RETENTION_MS,
		).next;
		expect(next?.occurrences.map(({ entryId }) => entryId)).toEqual([
			ids[1],
			next?.occurrences[1]?.entryId,
		]);
	});

	it('is kept past its retention while one of its entries exists', () => {
		const { existing: current, ids } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		if (!current) throw new Error('It has no timeline');
		const remaining = dropMissing(current, new Set([ids[0] ?? '']), NOW + ENTRY_RETENTION_MS);
		expect(remaining).toMatchObject({ version: current.version + 1, occurrences: [{ entryId: ids[1] }] });
		expect(remaining?.expiresAt).toBeGreaterThan(NOW + ENTRY_RETENTION_MS);
		expect(dropMissing(current, new Set(ids), NOW + ENTRY_RETENTION_MS)).toBeUndefined();
	});

	it('must be near in all of its times', () => {
		const two = (from: string, to: string) => {
			const request = buildRequest({
				keyFields: [
					{ name: 'from', value: from, treatAs: 'day' },
					{ name: 'to', value: to, treatAs: 'day' },
				],
			});
			if (!request.timeIndex) throw new Error('It has no timeline');
			return { ...request, timeIndex: request.timeIndex };
		};
		const { next } = assignOccurrence(undefined, two('2026-11-01', '2026-11-30'), NONE_MISSING, NOW);
		expect(assignOccurrence(next, two('2026-11-01', '2026-12-31'), NONE_MISSING, NOW).next).toBeDefined();
		expect(
			assignOccurrence(next, two('2026-11-01T01:00', '2026-11-30T01:00'), NONE_MISSING, NOW).next,
		).toBeUndefined();
	});
});
