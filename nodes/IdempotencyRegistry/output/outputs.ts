/** The outputs of all operations, with their labels. */
export const OUTPUT_LABELS = {
	proceed: 'Proceed',
	alreadyDone: 'Already Done',
	busy: 'Busy',
	reserved: 'Reserved',
	waiting: 'Waiting',
	resolved: 'Resolved',
	unresolved: 'Unresolved',
	success: 'Success',
	fix: 'Fix (4xx)',
	retry: 'Retry (5xx)',
	done: 'Done',
	refused: 'Refused',
} as const;

export type RegistryOutput = keyof typeof OUTPUT_LABELS;
