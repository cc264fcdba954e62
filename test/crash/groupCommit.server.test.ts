import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import type { Row } from '../../ledger/model/row';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { CommitPlan } from '../ledger/children/commitPoints';
import type { GroupNews, GroupOrder } from '../ledger/children/groupWriter';
import { runGroup } from '../ledger/groupProcess';
import { newFile, removeFolders } from '../ledger/temporary';
import { sampleRows } from './soak';

afterAll(removeFolders);

const AT_ONCE = 12;
const ROUNDS = 3;
const ENTRIES = AT_ONCE * ROUNDS;

type End = NonNullable<CommitPlan['end']>;

/** Reads the entries in the file, as the next process finds them. */
async function entriesIn(file: string): Promise<Map<string, Row>> {
	const store = SqliteStore.open(file);
	const rows = await store.list({ limit: 1_000 });
	await store.close();
	return new Map(rows.map((row) => [row.entryId, row]));
}

const toldOf = (news: readonly GroupNews[], what: GroupNews['what']) =>
	news.flatMap((one) => (one.what === what && 'entryId' in one ? [one.entryId] : []));

async function ledgerAfter(
	end: Omit<End, 'endsFile'>,
	{ atOnce = AT_ONCE, rounds = ROUNDS, ...more }: Partial<GroupOrder> = {},
) {
	const file = newFile();
	const endsFile = `${file}.ends`;
	// Creates the file first, so that the first commit is that of the first group.
	expect(await entriesIn(file)).toEqual(new Map());
	const run = await runGroup({ file, atOnce, rounds, ...more }, { end: { ...end, endsFile } });
	const grownBy = readFileSync(endsFile, 'utf8').trim().split('\n').map(Number);
	return { ...run, file, grownBy, entries: await entriesIn(file) };
}

/** A process commits claims, settles, claims, and then the settles of the second round. */
const SETTLES_OF_SECOND_ROUND = 3;

describe('a process killed during a group commit', () => {
	it.each(
		sampleRows(3, [
			{ point: 'in', isInLog: true, standsAs: 'in_flight' },
			{ point: 'before', isInLog: false, standsAs: 'in_flight' },
			{ point: 'after', isInLog: true, standsAs: 'succeeded' },
		] as const),
	)(
		'$point the commit of a group: the group is written as a whole or not at all, and every acknowledged write is kept',
		async ({ point, isInLog, standsAs }) => {
			const end = { who: 'process', point, after: SETTLES_OF_SECOND_ROUND, times: 1 } as const;
			const { ended, news, entries, grownBy, file } = await ledgerAfter(end);
			expect(ended).toBe('SIGKILL');
			expect((grownBy[0] ?? 0) > 0).toBe(isInLog);
			expect(entries.size).toBe(2 * AT_ONCE);
			const group = [...entries.values()].filter(({ entryId }) => entryId.startsWith('entry 1 '));
			expect(new Set(group.map(({ state }) => state))).toEqual(new Set([standsAs]));
			for (const entryId of toldOf(news, 'settled')) {
				expect(entries.get(entryId)?.state).toBe('succeeded');
			}
			const database = new DatabaseSync(file);
			expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
			database.close();
		},
	);
});

describe('a ledger thread that exits', () => {
	it.each(sampleRows(3, ['in', 'before', 'after'] as const))(
		'%s the commit of a group, twice: everything is requested again, no caller gets an error, and nothing is lost or done twice',
		async (point) => {
			const end = { who: 'thread', point, after: 1, times: 2 } as const;
			const { ended, news, entries, grownBy } = await ledgerAfter(end);
			expect(ended).toBe(0);
			expect(grownBy).toHaveLength(2);
			expect(toldOf(news, 'refused')).toEqual([]);
			expect(new Set(toldOf(news, 'settled')).size).toBe(ENTRIES);
			expect([...entries.values()].map(({ state, version }) => [state, version])).toEqual(
				Array.from({ length: ENTRIES }, () => ['succeeded', 2]),
			);
		},
	);

	it('at every commit: callers get an error, and the process continues and exits by itself', async () => {
		const end = { who: 'thread', point: 'before', after: 0, times: 1_000 } as const;
		const { ended, news } = await ledgerAfter(end, { atOnce: 2, rounds: 1 });
		expect(ended).toBe(0);
		const [refused] = news.flatMap((one) => (one.what === 'refused' ? [one.reason] : []));
		expect(refused).toMatch(/ledger\.sqlite: the thread that reads and writes it ended 3 times/);
		expect(news.map(({ what }) => what)).toEqual(['refused', 'refused', 'done']);
	});
});

it.each(
	sampleRows(3, [
		{ who: 'process', point: 'in', settled: 0 },
		{ who: 'process', point: 'before', settled: 0 },
		{ who: 'process', point: 'after', settled: 4 },
		{ who: 'thread', point: 'in', settled: 4 },
		{ who: 'thread', point: 'before', settled: 4 },
		{ who: 'thread', point: 'after', settled: 4 },
	] as const),
)(
	'a $who that ends $point the commit of rows written together leaves none of them without the other',
	async ({ who, point, settled }) => {
		const order = { atOnce: 4, rounds: 1, together: true } as const;
		const { news, entries } = await ledgerAfter({ who, point, after: 1, times: 1 }, order);
		const facts = (n: number, name: string) => {
			const { state, version } = entries.get(`entry 0 ${n}${name}`) ?? {};
			return [state, version];
		};
		for (let n = 0; n < 4; n++) {
			expect(facts(n, '')).toEqual(n < settled ? ['succeeded', 2] : ['in_flight', 1]);
			expect(facts(n, ' beside')).toEqual(facts(n, ''));
		}
		// When a thread ends, the store repeats its requests and recognizes the writes that the thread had made.
		if (who === 'thread') expect(toldOf(news, 'settled')).toHaveLength(4);
	},
);

it('a disk that takes 60 ms per commit blocks nothing else in the process, and delays a group once', async () => {
	const began = performance.now();
	const order = { file: newFile(), atOnce: 50, rounds: 4, counts: true } as const;
	const { news, ended } = await runGroup(order, { delayMs: 60 });
	expect(ended).toBe(0);
	expect(toldOf(news, 'settled')).toHaveLength(200);
	// Without groups there would be 400 commits.
	expect(performance.now() - began).toBeLessThan(400 * 60);
	// A blocked event loop would turn only a few times for each of the 8 groups.
	const done = news.at(-1);
	expect(done?.what === 'done' && done.turns).toBeGreaterThan(1_000);
});

it('a process with a pending request and nothing else to do stays alive until the response, then exits by itself', async () => {
	const file = newFile();
	const { ended } = await runGroup({ file, atOnce: 5, rounds: 1, leaves: true }, { delayMs: 200 });
	expect(ended).toBe(0);
	expect((await entriesIn(file)).size).toBe(5);
});
