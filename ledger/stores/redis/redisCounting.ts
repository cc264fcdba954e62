import type { ChangedEntry, Counting, Note } from '../../store';
import type { buildLedgerCommands, Command } from './scripts';

/** What it needs from the store. */
interface Dependencies {
	commands: () => ReturnType<typeof buildLedgerCommands>;
	run: (commands: readonly Command[]) => Promise<unknown[]>;
	toBoolean: (response: unknown) => boolean;
	/** Ensures that every changed entry has its mark. */
	prepare: () => Promise<void>;
}

/** Keeps marks and notes in keys of their own. */
export class RedisCounting implements Counting {
	constructor(private readonly dependencies: Dependencies) {}

	async readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }> {
		const { commands, run, prepare } = this.dependencies;
		await prepare();
		const [turn] = await run([commands().turn]);
		const [changed] = await run([commands().changed(limit)]);
		return {
			turn: (turn as string | null) ?? '0',
			changed: toPairs(changed as string[]).map(([entryId, mark]) => ({ entryId, mark })),
		};
	}

	async readNotes(names: readonly string[]): Promise<(string | undefined)[]> {
		if (names.length === 0) return [];
		const { commands, run } = this.dependencies;
		const [fromNotes, fromSums] = (await run(commands().notes(names))) as (string | null)[][];
		return names.map((_, nth) => fromNotes?.[nth] ?? fromSums?.[nth] ?? undefined);
	}

	async readSums(): Promise<[name: string, text: string][]> {
		const { commands, run } = this.dependencies;
		const [sums] = await run([commands().sums]);
		return Object.entries(sums as Record<string, string>);
	}

	async count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean> {
		const { commands, run, toBoolean } = this.dependencies;
		const [response] = await run([commands().count(turn, notes, counted)]);
		return toBoolean(response);
	}
}

/** Parses a reply with members and scores of a sorted set alternating. */
export function toPairs(reply: readonly string[]): [entryId: string, score: string][] {
	return reply.flatMap((one, position) => (position % 2 === 0 ? [[one, reply[position + 1] ?? '']] : []));
}
