import { useEngine } from './engines';
import { tryInputs } from './tryInputs';

async function main(runs: number): Promise<void> {
	await useEngine('vm');
	const counts = await tryInputs(runs);
	process.send?.(counts, () => process.exit(0));
}

void main(Number(process.argv[2]));
