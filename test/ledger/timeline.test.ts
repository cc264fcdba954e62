import type { Timeline } from '../../ledger/model/entry';
import { agedEntries, placeMoment, withoutGone } from '../../ledger/identity/nearbyTimes';
import { NOON_ISH as NOW } from './fakeTime';
import { asking, RETENTION } from './requests';

const NOBODY: ReadonlySet<string> = new Set();

describe('a rounded time', () => {
	const at = (time: string, treatAs: 'minute' | 'day' = 'minute') => {
		const asked = asking({
			keyFields: [
				{ name: 'order', value: '1001', treatAs: 'text' },
				{ name: 'at', value: time, treatAs },
			],
		});
		if (!asked.timeline) throw new Error('It has no timeline');
		return { ...asked, timeline: asked.timeline };
	};
	const placed = (times: string[], now = NOW) =>
		times.reduce<{ standing: Timeline | undefined; ids: string[] }>(
			({ standing, ids }, time) => {
				const place = placeMoment(standing, at(time), NOBODY, now);
				return { standing: place.next ?? standing, ids: [...ids, place.entryId] };
			},
			{ standing: undefined, ids: [] },
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

	it('finds the same entry again after others have come between', () => {
		const times = ['10:40:59', '10:41:00', '10:41:29', '10:41:00', '10:40:59'].map(
			(time) => `2026-11-24T${time}Z`,
		);
		const { ids } = placed(times);
		expect(ids[3]).toBe(ids[1]);
		expect(ids[4]).toBe(ids[0]);
		expect(ids[2]).not.toBe(ids[0]);
	});

	it('needs no write where its moment is known', () => {
		const { standing } = placed(['2026-11-24T10:40:59Z']);
		expect(placeMoment(standing, at('2026-11-24T10:41:00Z'), NOBODY, NOW).next).toBeUndefined();
	});

	it('writes a timeline that expires with its newest moment, version by version', () => {
		const { standing } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		expect(standing?.moments).toHaveLength(2);
		expect(standing?.expiresAt).toBe(NOW + RETENTION);
		const next = placeMoment(standing, at('2026-11-24T12:40:00Z'), NOBODY, NOW).next;
		expect(next?.version).toBe((standing?.version ?? 0) + 1);
	});

	it('leaves behind the moments whose entries are gone, and asks for that past their retention', () => {
		const { standing, ids } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		if (!standing) throw new Error('It has no timeline');
		expect(agedEntries(standing, RETENTION, NOW + RETENTION - 1)).toEqual([]);
		expect(agedEntries(standing, RETENTION, NOW + RETENTION)).toEqual(ids);
		const gone = new Set([ids[0] ?? '']);
		const next = placeMoment(standing, at('2027-03-24T10:40:00Z'), gone, NOW + RETENTION).next;
		expect(next?.moments.map(({ entryId }) => entryId)).toEqual([ids[1], next?.moments[1]?.entryId]);
	});

	it('is kept past its retention while one of its entries stands', () => {
		const { standing, ids } = placed(['2026-11-24T10:40:00Z', '2026-11-24T11:40:00Z']);
		if (!standing) throw new Error('It has no timeline');
		const left = withoutGone(standing, new Set([ids[0] ?? '']), NOW + RETENTION);
		expect(left).toMatchObject({ version: standing.version + 1, moments: [{ entryId: ids[1] }] });
		expect(left?.expiresAt).toBeGreaterThan(NOW + RETENTION);
		expect(withoutGone(standing, new Set(ids), NOW + RETENTION)).toBeUndefined();
	});

	it('must be near in all of its times', () => {
		const two = (from: string, to: string) => {
			const asked = asking({
				keyFields: [
					{ name: 'from', value: from, treatAs: 'day' },
					{ name: 'to', value: to, treatAs: 'day' },
				],
			});
			if (!asked.timeline) throw new Error('It has no timeline');
			return { ...asked, timeline: asked.timeline };
		};
		const { next } = placeMoment(undefined, two('2026-11-01', '2026-11-30'), NOBODY, NOW);
		expect(placeMoment(next, two('2026-11-01', '2026-12-31'), NOBODY, NOW).next).toBeDefined();
		expect(
			placeMoment(next, two('2026-11-01T01:00', '2026-11-30T01:00'), NOBODY, NOW).next,
		).toBeUndefined();
	});
});
