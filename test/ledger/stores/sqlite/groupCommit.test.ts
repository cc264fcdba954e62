import { DatabaseSync } from 'node:sqlite';

import type { Row } from '../../../../ledger/model/row';
import { GroupCommit } from '../../../../ledger/stores/sqlite/groupCommit';
import type { ThreadResponse, FileRequest, NumberedRequest } from '../../../../ledger/stores/sqlite/messages';
import { row } from '../conformance';
import { newFile, removeFolders } from '../../temporary';

afterAll(removeFolders);

let file: string;
let commits: GroupCommit;
/** What was said and done, in its order: commits by the `synchronous` of the file, and who was answered. */
let received: string[];
let answers: Map<number, ThreadResponse>;

const SYNCHRONOUS = ['off', 'normal', 'full'];

/** Fails the next commits. */
let faults: (Error | undefined)[];

beforeEach(async () => {
	[file, received, answers, faults] = [newFile(), [], new Map<number, ThreadResponse>(), []];
	commits = new GroupCommit(file, (answered) => {
		received.push(`answered ${answered.map(({ id }) => id).join()}`);
		for (const one of answered) answers.set(one.id, one);
	});
	await execute([0, { kind: 'find', entryIds: [] }]);
	received.length = 0;
	const { exec } = DatabaseSync.prototype;
	jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
		if (sql !== 'COMMIT') {
			exec.call(this, sql);
			return;
		}
		const fault = faults.shift();
		if (fault) {
			// As SQLite does by itself where the disk is full.
			exec.call(this, 'ROLLBACK');
			throw fault;
		}
		exec.call(this, sql);
		const { synchronous } = this.prepare('PRAGMA synchronous').get() ?? {};
		received.push(`committed ${SYNCHRONOUS[Number(synchronous)] ?? ''}`);
	});
});
afterEach(async () => {
	jest.restoreAllMocks();
	await commits.close();
});

type Asked = [id: number, request: FileRequest, isRepeat?: 'repeat'];

const numbered = ([id, request, repeat]: Asked): NumberedRequest => {
	return { id, request, isRepeat: repeat !== undefined };
};

/** All arrive while another commit is written. */
async function execute(...requests: Asked[]): Promise<void> {
	commits.submit(requests.map(numbered));
	await idle();
}

async function idle(): Promise<void> {
	await (commits as unknown as { processing?: Promise<void> }).processing;
}

function stored(one: Row, text = JSON.stringify(one)) {
	const { entryId, version, state, expiresAt } = one;
	return { entryId, version, state, expiresAt, text, terms: '[]' };
}
const insert = (one: Row): FileRequest => ({ kind: 'insert', rows: [stored(one)] });
const replace = (one: Row): FileRequest => ({ kind: 'replace', rows: [stored(one)] });
const remove = (one: Row): FileRequest => ({ kind: 'remove', rows: [one] });
const find = (entryId: string): FileRequest => ({ kind: 'find', entryIds: [entryId] });
const settled = (one: Row) => row({ entryId: one.entryId, version: one.version + 1, state: 'succeeded' });

const answerTo = (id: number) => {
	const answered = answers.get(id);
	return answered && 'response' in answered ? answered.response : answered?.failure;
};

it('requests that arrive together are one commit, flushed to disk, and answered after it', async () => {
	const [a, b] = [row(), row()];
	const next = settled(a);
	const rival = row({ entryId: a.entryId });
	await execute([1, insert(a)], [2, insert(b)], [3, replace(next)], [4, insert(rival)]);
	expect(received).toEqual(['committed full', 'answered 1,2,3,4']);
	expect([1, 2, 3].map(answerTo)).toEqual([[null], [null], [true]]);
	// The second of two claims of one order is told of what the first has become.
	expect(answerTo(4)).toEqual([JSON.stringify(next)]);
});

it('a read is answered from committed data, before the commit that it arrived with', async () => {
	const one = row();
	await execute([1, insert(one)], [2, find(one.entryId)]);
	expect(received).toEqual(['answered 2', 'committed full', 'answered 1']);
	expect(answerTo(2)).toEqual([null]);
	await execute([3, find(one.entryId)]);
	expect(answerTo(3)).toEqual([JSON.stringify(one)]);
});

it('a removal waits for no disk, and shares no commit with a write', async () => {
	const [old, fresh] = [row(), row()];
	await execute([1, insert(old)]);
	received.length = 0;
	await execute([2, remove(old)], [3, insert(fresh)], [4, remove(row())]);
	expect(received).toEqual(['committed full', 'answered 3', 'committed normal', 'answered 2,4']);
	expect([2, 3, 4].map(answerTo)).toEqual([[true], [null], [false]]);
	received.length = 0;
	await execute([5, insert(row())]);
	expect(received).toEqual(['committed full', 'answered 5']);
});

it('a request that fails affects no other, and leaves nothing behind', async () => {
	const [a, b, half] = [row(), row(), row()];
	const bad: FileRequest = {
		kind: 'insert',
		rows: [stored(half), { ...stored(row()), expiresAt: Number.NaN }],
	};
	await execute([1, insert(a)], [2, bad], [3, insert(b)]);
	expect(received).toEqual(['committed full', 'answered 1,2,3']);
	expect([1, 3].map(answerTo)).toEqual([[null], [null]]);
	expect(answerTo(2)).toMatchObject({
		kind: 'unavailable',
		reason: expect.stringContaining(file) as string,
	});
	await execute([4, { kind: 'find', entryIds: [a, half, b].map(({ entryId }) => entryId) }]);
	expect(answerTo(4)).toEqual([JSON.stringify(a), null, JSON.stringify(b)]);
});

it('a commit that fails as a whole is repeated request by request: only those that fail alone get an error', async () => {
	const full = () => Object.assign(new Error('database or disk is full'), { errcode: 13 });
	faults = [full(), undefined, full(), undefined];
	await execute([1, insert(row())], [2, insert(row())], [3, insert(row())]);
	expect(received).toEqual(['committed full', 'answered 1', 'answered 2', 'committed full', 'answered 3']);
	expect([1, 3].map(answerTo)).toEqual([[null], [null]]);
	expect(answerTo(2)).toMatchObject({ reason: expect.stringContaining('the disk is full') as string });
});

describe('while another program keeps the file locked', () => {
	it('reads are answered, and waiting writes are committed together afterwards', async () => {
		const [one, more] = [row(), row()];
		await execute([1, insert(one)]);
		const other = new DatabaseSync(file);
		other.exec('BEGIN IMMEDIATE');
		commits.submit([numbered([2, replace(settled(one))])]);
		commits.submit([numbered([3, find(one.entryId)]), numbered([4, insert(more)])]);
		while (!answers.has(3)) await new Promise(setImmediate);
		expect(answerTo(3)).toEqual([JSON.stringify(one)]);
		expect([answers.has(2), answers.has(4)]).toEqual([false, false]);
		received.length = 0;
		other.exec('ROLLBACK');
		other.close();
		await idle();
		expect(received).toEqual(['committed full', 'answered 2,4']);
		expect([2, 4].map(answerTo)).toEqual([[true], [null]]);
	});
});

describe('a repeated request whose first execution is uncertain', () => {
	it('a replacement that was written reports success; one that another writer has won does not', async () => {
		const [one, other] = [row(), row()];
		const mine = settled(one);
		await execute([1, insert(one)], [2, insert(other)]);
		await execute([3, replace(mine)], [4, replace({ ...other, version: 2 })]);
		await execute(
			[5, replace(mine), 'repeat'],
			[6, replace(settled(other)), 'repeat'],
			[7, replace(mine)],
		);
		expect([5, 6, 7].map(answerTo)).toEqual([[true], [false], [false]]);
	});

	it('a removal that was executed reports success; a changed row is not removed', async () => {
		const [gone, changed] = [row(), row()];
		await execute([1, insert(gone)], [2, insert(changed)]);
		await execute([3, remove(gone)], [4, replace(settled(changed))]);
		await execute([5, remove(gone), 'repeat'], [6, remove(changed), 'repeat'], [7, remove(gone)]);
		expect([5, 6, 7].map(answerTo)).toEqual([[true], [false], [false]]);
	});

	it('an insertion that was written returns its own row', async () => {
		const one = row();
		await execute([1, insert(one)]);
		await execute([2, insert(one), 'repeat']);
		expect(answerTo(2)).toEqual([JSON.stringify(one)]);
	});
});
