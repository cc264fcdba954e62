/** Shows the progress of a long task. */
export interface ProgressLine {
	/** Shows the start of a phase. */
	show(phase: string, detail?: string): void;
	/** Ends the display for now. */
	end(): void;
}

/** In a terminal, the time is updated every second; in ms. */
const OFTEN = 1_000;

/** Outside a terminal, ms between two lines of the same phase. */
const SELDOM = 15_000;

/** In a terminal, rewrites one line; elsewhere, prints a line for each new phase and every 15 seconds. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
	let began = 0;
	let doing = { phase: '', detail: '' };
	let ticking: NodeJS.Timeout | undefined;

	const write = () => {
		const { phase, detail } = doing;
		const time = duration(performance.now() - began);
		const line = [phase, time, detail].filter(Boolean).join(', ');
		// At most one row, because only one row can be overwritten.
		stream.write(stream.isTTY ? `\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
	};
	return {
		show(phase, detail = '') {
			const isNew = phase !== doing.phase;
			if (ticking === undefined) began = performance.now();
			doing = { phase, detail };
			if (isNew || stream.isTTY) write();
			ticking ??= setInterval(write, stream.isTTY ? OFTEN : SELDOM).unref();
		},
		end() {
			clearInterval(ticking);
			ticking = undefined;
			doing = { phase: '', detail: '' };
			if (stream.isTTY) stream.write('\r\x1b[K');
		},
	};
}

function duration(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
