/**
 * To be required before anything else in a process that uses a ledger in a file: there, the thread of the file reaches these
 * points at each commit, and what the test wants happens there.
 */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

export interface CommitPlan {
	/** ms that every commit takes longer, as on a slow disk. */
	delayMs?: number;
	/** Who ends, and where. */
	end?: {
		who: 'process' | 'thread';
		/** `in`: what the commit writes is in the log already, but for its end. */
		point: 'before' | 'in' | 'after';
		/** So many commits come first; in a new thread they are counted anew. */
		after: number;
		/** So many ends, and no more. */
		times: number;
		/** A file that is told of every end: the growth of the log since the transaction began, one a line. */
		endsFile: string;
	};
}

/** The variable of the environment that has the plan, as JSON. */
export const COMMIT_PLAN = 'TEST_COMMIT_PLAN';

/** How to start a process with these points. */
export const WITH_COMMIT_POINTS = ['--require', __filename];

const nothing = new Int32Array(new SharedArrayBuffer(4));

function follow({ delayMs = 0, end }: CommitPlan): void {
	const { prototype } = DatabaseSync;
	const { exec } = prototype;
	let commits = 0;
	let logAtBegin = 0;
	const isDue = (point: string) =>
		end?.point === point && commits > end.after && linesOf(end.endsFile) < end.times;
	prototype.exec = function (sql) {
		if (sql === 'BEGIN IMMEDIATE') {
			// With room for one page, the others are written to the log before the commit.
			if (end?.point === 'in') exec.call(this, 'PRAGMA cache_size = 1');
			logAtBegin = logSize(this);
		}
		if (sql !== 'COMMIT') {
			exec.call(this, sql);
			return;
		}
		commits++;
		if (end && (isDue('before') || isDue('in'))) endNow(end, logSize(this) - logAtBegin);
		if (delayMs > 0) Atomics.wait(nothing, 0, 0, delayMs);
		exec.call(this, sql);
		if (end && isDue('after')) endNow(end, logSize(this) - logAtBegin);
	};
}

function logSize(database: DatabaseSync): number {
	return statSync(`${database.location() ?? ''}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function linesOf(file: string): number {
	try {
		return readFileSync(file, 'utf8').split('\n').length - 1;
	} catch {
		return 0;
	}
}

function endNow({ who, endsFile }: NonNullable<CommitPlan['end']>, grownBy: number): void {
	appendFileSync(endsFile, `${grownBy}\n`);
	if (who === 'process') process.kill(process.pid, 'SIGKILL');
	// In a thread it ends the thread, at once.
	else process.exit(1);
}

const plan = process.env[COMMIT_PLAN];
if (!isMainThread && plan !== undefined) follow(JSON.parse(plan) as CommitPlan);
