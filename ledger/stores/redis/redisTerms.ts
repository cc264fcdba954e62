import type { Row } from '../../model/row';
import type { TermHit, TermQuery } from '../../store';
import { isEntry } from '../../store';
import { HAS_TERMS_OF_SCHEMA_7, HAS_TERMS } from './lua';
import type { buildLedgerCommands, Command } from './scripts';
import { MAX_BATCH_ROWS } from './scripts';
import { parseMember } from './termKeys';

const BATCH_SIZE = 500;

/** What it needs from the store. */
interface Dependencies {
	commands: () => ReturnType<typeof buildLedgerCommands>;
	/** Runs commands, and refuses data of an incompatible version. */
	run: (commands: readonly Command[]) => Promise<unknown[]>;
	/** The rows of these entries that still exist. */
	findIndexed: (entryIds: readonly string[]) => Promise<Row[]>;
	/** The ids of all rows, batch by batch. */
	pages: () => AsyncIterable<string[]>;
}

/** The index of terms, in a key of its own. */
export class RedisTerms {
	/** Resolves when every row has its terms. Started by the first query. */
	private ready: Promise<void> | undefined;

	constructor(private readonly dependencies: Dependencies) {}

	async find(query: TermQuery): Promise<TermHit[]> {
		const found = await this.query(query.limit, ({ byTerm }) => byTerm(query));
		const rows = await this.dependencies.findIndexed(found.map(({ entryId }) => entryId));
		const byId = new Map(rows.map((row) => [row.entryId, row]));
		return found.map((hit) => ({ ...hit, row: byId.get(hit.entryId) }));
	}

	async findByPrefix(prefix: string, limit: number): Promise<string[]> {
		const found = await this.query(limit, ({ byPrefix }) => byPrefix(prefix, limit));
		return found.map(({ entryId }) => entryId);
	}

	/** Ensures that every row has its terms. */
	async prepare(): Promise<void> {
		await (this.ready ??= this.addTerms());
	}

	private async query(
		limit: number,
		toCommand: (commands: ReturnType<typeof buildLedgerCommands>) => Command,
	): Promise<ReturnType<typeof parseMember>[]> {
		if (limit < 1) return [];
		await this.prepare();
		const [members] = await this.dependencies.run([toCommand(this.dependencies.commands())]);
		return (members as string[]).map(parseMember);
	}

	/**
	 * Adds terms to rows that were written without them, batch by batch. After an interruption it starts over, and is fast
	 * where the work is done.
	 */
	private async addTerms(): Promise<void> {
		const { commands, run, pages } = this.dependencies;
		const { isIndexed, anyRow, addTerms, markIndexed } = commands();
		try {
			const [indexed, rows] = await run([isIndexed, anyRow]);
			if (indexed === HAS_TERMS) return;
			if ((rows as string[]).length === 0) {
				// An empty ledger has nothing to index, and nothing to remember.
				this.ready = undefined;
				return;
			}
			// Every later write includes all terms.
			await run([addTerms([])]);
			if (indexed !== HAS_TERMS_OF_SCHEMA_7)
				for await (const entryIds of pages())
					await this.addTermsTo(await this.filterWithoutTerms(entryIds));
			await this.addUnknownTerms();
			await run([markIndexed]);
		} catch (error) {
			this.ready = undefined;
			throw error;
		}
	}

	private async filterWithoutTerms(entryIds: readonly string[]): Promise<string[]> {
		const { commands, run } = this.dependencies;
		const [storedTerms] = entryIds.length > 0 ? await run([commands().storedTerms(entryIds)]) : [[]];
		// In schemas up to the sixth, the stored terms were hashes, and did not begin with a line break.
		return entryIds.filter((_, nth) => !(storedTerms as (string | null)[])[nth]?.startsWith('\n'));
	}

	/** Before the ninth schema, unknown entries had no `unknown` term. */
	private async addUnknownTerms(): Promise<void> {
		const { commands, run } = this.dependencies;
		const [unknown] = await run([commands().oldest('unknown', Infinity, -1)]);
		const entryIds = unknown as string[];
		for (let from = 0; from < entryIds.length; from += BATCH_SIZE)
			await this.addTermsTo(entryIds.slice(from, from + BATCH_SIZE));
	}

	private async addTermsTo(entryIds: readonly string[]): Promise<void> {
		const { commands, run, findIndexed } = this.dependencies;
		const rows = (await findIndexed(entryIds)).filter(isEntry);
		const batches = Math.ceil(rows.length / MAX_BATCH_ROWS);
		await run(
			Array.from({ length: batches }, (_, n) =>
				commands().addTerms(rows.slice(n * MAX_BATCH_ROWS, (n + 1) * MAX_BATCH_ROWS)),
			),
		);
	}
}
