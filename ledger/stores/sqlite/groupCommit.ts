import { LostEntriesError, StoreUnavailableError } from '../../store';
import { TransientRetry } from '../retryTransient';
import { isBusy, toSqliteStoreError } from './errorMessages';
import { BUSY } from './file';
import type { RequestResult } from './ledgerFile';
import { LedgerFile } from './ledgerFile';
import type { ThreadResponse, Failure, FromThread, NumberedRequest, RequestGroup } from './messages';
import { groupOf } from './messages';

/**
 * Executes requests to one file. Requests that arrive during a commit share the next one. Each is answered after its commit,
 * and each fails on its own.
 */
export class GroupCommit {
	private file: LedgerFile | undefined;
	/** In order of arrival. */
	private pending: NumberedRequest[] = [];
	/** Requests of a commit that failed as a whole. Each of them gets its own commit. */
	private readonly isolated = new Set<NumberedRequest>();
	private readonly retry = new TransientRetry(isBusy, BUSY);
	private processing: Promise<void> | undefined;

	constructor(
		private readonly path: string,
		private readonly reply: (responses: FromThread) => void,
	) {}

	submit(requests: readonly NumberedRequest[]): void {
		this.pending.push(...requests);
		this.processing ??= this.processPending().finally(() => (this.processing = undefined));
	}

	/** Answers the pending requests and closes the file. */
	async close(): Promise<void> {
		await this.processing;
		this.file?.close();
		this.file = undefined;
	}

	/** While another process has locked the file, reads still run and more requests may arrive. */
	private async processPending(): Promise<void> {
		while (this.pending.length > 0) {
			try {
				await this.retry.run(() => this.executePending());
			} catch (error) {
				this.settle(
					this.pending,
					this.pending.map(() => ({ error })),
				);
			}
		}
	}

	private executePending(): void {
		const file = this.currentFile();
		while (this.pending.length > 0) {
			const { step, requests } = this.nextGroup();
			try {
				this.settle(requests, file[step](requests));
			} catch (error) {
				if (isBusy(error)) throw error;
				if (requests.length === 1) this.settle(requests, [{ error }]);
				else for (const request of requests) this.isolated.add(request);
			}
		}
	}

	private currentFile(): LedgerFile {
		if (this.file && !this.file.isInPlace()) {
			this.file.close();
			this.file = undefined;
		}
		return (this.file ??= LedgerFile.open(this.path));
	}

	/** Reads go first: they need no commit. Requests that do not wait for the disk never share a commit with writes. */
	private nextGroup(): { step: RequestGroup; requests: NumberedRequest[] } {
		const step =
			STEPS.find((one) => this.pending.some((request) => groupOf(request.request) === one)) ?? 'read';
		const requests = this.pending.filter((request) => groupOf(request.request) === step);
		const single = requests.find((request) => this.isolated.has(request));
		return { step, requests: single ? [single] : requests };
	}

	private settle(group: readonly NumberedRequest[], results: readonly RequestResult[]): void {
		const done = new Set(group);
		this.pending = this.pending.filter((request) => !done.has(request));
		for (const request of group) this.isolated.delete(request);
		this.reply(group.map(({ id }, nth) => this.toResponse(id, results[nth])));
	}

	private toResponse(id: number, result: RequestResult | undefined): ThreadResponse {
		if (result && 'response' in result) return { id, response: result.response };
		return { id, failure: toFailure(toSqliteStoreError(this.path, result?.error)) };
	}
}

const STEPS: readonly RequestGroup[] = ['read', 'write', 'remove'];

function toFailure(error: unknown): Failure {
	if (error instanceof LostEntriesError) return { kind: 'lost', reason: error.reason };
	if (error instanceof StoreUnavailableError) return { kind: 'unavailable', reason: error.reason };
	const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
	return { kind: 'fault', message, stack };
}
