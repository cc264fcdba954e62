interface Asked<Q, A> {
	question: Q;
	resolve: (answer: A) => void;
	reject: (error: unknown) => void;
}

interface Manner<Q, A> {
	/** Sends all requests in one round trip. @returns the responses in their order */
	ask: (questions: readonly Q[]) => Promise<readonly A[]>;
	/** Requests for the same row never share a batch: each one runs after the one before it. */
	rowOf?: (question: Q) => string;
	/** Returns whether one request may have failed the whole batch. Each request is then sent on its own. */
	isForOne?: (error: unknown) => boolean;
	/** The maximum batch size. The responses to a batch are read at once. */
	most?: number;
}

const MOST = 500;

/** Coalesces requests that are made in one tick into one batch. Each caller gets its own response. */
export class Coalescer<Q, A> {
	private waiting: Asked<Q, A>[] = [];

	constructor(private readonly manner: Manner<Q, A>) {}

	ask(questions: readonly Q[]): Promise<A[]> {
		if (this.waiting.length === 0 && questions.length > 0) process.nextTick(() => this.leave());
		return Promise.all(
			questions.map(
				(question) =>
					new Promise<A>((resolve, reject) => {
						this.waiting.push({ question, resolve, reject });
					}),
			),
		);
	}

	private leave(): void {
		void this.askInTurns(this.waiting.splice(0));
	}

	private async askInTurns(asked: readonly Asked<Q, A>[]): Promise<void> {
		for (let left = asked; left.length > 0;) {
			const { now, later } = this.withoutTwins(left);
			const { most = MOST } = this.manner;
			const portions = Array.from({ length: Math.ceil(now.length / most) }, (_, n) =>
				now.slice(n * most, (n + 1) * most),
			);
			await Promise.all(portions.map((portion) => this.askTogether(portion)));
			left = later;
		}
	}

	private withoutTwins(asked: readonly Asked<Q, A>[]) {
		const { rowOf } = this.manner;
		if (!rowOf) return { now: asked, later: [] };
		const seen = new Set<string>();
		const [now, later]: [Asked<Q, A>[], Asked<Q, A>[]] = [[], []];
		for (const one of asked) {
			const row = rowOf(one.question);
			(seen.has(row) ? later : now).push(one);
			seen.add(row);
		}
		return { now, later };
	}

	/** Never throws: errors reject the requests. */
	private async askTogether(asked: readonly Asked<Q, A>[]): Promise<void> {
		try {
			const answers = await this.manner.ask(asked.map(({ question }) => question));
			asked.forEach(({ resolve }, nth) => resolve(answers[nth] as A));
		} catch (error) {
			if (asked.length > 1 && this.manner.isForOne?.(error)) {
				await Promise.all(asked.map((one) => this.askTogether([one])));
			} else {
				for (const { reject } of asked) reject(error);
			}
		}
	}
}
