import type { ChangedEntry, Counting, Note } from '../../store';
import type { buildLedgerCommands, Command } from './scripts';

/** What it needs from the store. */
interface Parts {
	commands: () => ReturnType<typeof buildLedgerCommands>;
	run: (commands: readonly Command[]) => Promise<unknown[]>;
	isDone: (answer: unknown) => boolean;
	/** Ensures that every changed entry has its mark. */
	prepare: () => Promise<void>;
}

/** Keeps marks and notes in keys of their own. */
export class RedisCounting implements Counting {
	constructor(private readonly parts: Parts) {}

	async readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }> {
		const { commands, run, prepare } = this.parts;
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
		const { commands, run } = this.parts;
		const [noted, summed] = (await run(commands().notes(names))) as (string | null)[][];
		return names.map((_, nth) => noted?.[nth] ?? summed?.[nth] ?? undefined);
	}

	async readSums(): Promise<[name: string, text: string][]> {
		const { commands, run } = this.parts;
		const [sums] = await run([commands().sums]);
		return Object.entries(sums as Record<string, string>);
	}

	async count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean> {
		const { commands, run, isDone } = this.parts;
		const [answer] = await run([commands().count(turn, notes, counted)]);
		return isDone(answer);
	}
}

/** Parses a reply with members and scores of a sorted set alternating. */
export function toPairs(answer: readonly string[]): [entryId: string, score: string][] {
	return answer.flatMap((one, position) => (position % 2 === 0 ? [[one, answer[position + 1] ?? '']] : []));
}
