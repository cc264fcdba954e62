import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { TYPESCRIPT } from '../typescript';
import type { CommitPlan } from './children/commitPoints';
import { COMMIT_PLAN, WITH_COMMIT_POINTS } from './children/commitPoints';
import type { GroupNews, GroupOrder } from './children/groupWriter';

export interface GroupRun {
	news: GroupNews[];
	/** How the process ended: by itself, with 0, or by a signal. */
	ended: number | string;
}

/** A process of its own that writes to a file, many at once, until it is done or the plan ends it. */
export async function runGroup(order: GroupOrder, plan: CommitPlan = {}): Promise<GroupRun> {
	const child = fork(join(__dirname, 'children', 'groupWriter.ts'), [JSON.stringify(order)], {
		execArgv: [...TYPESCRIPT, ...WITH_COMMIT_POINTS],
		env: { ...process.env, [COMMIT_PLAN]: JSON.stringify(plan) },
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	const news: GroupNews[] = [];
	child.on('message', (one) => news.push(one as GroupNews));
	// What it told before it ended comes before the end of the channel.
	const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(child, 'disconnect')])) as [
		[number | null, string | null],
		unknown,
	];
	return { news, ended: signal ?? code ?? Number.NaN };
}
