/** The outputs that an operation may have, by what the editor calls them. */
export const OUTPUT_LABELS = {
	proceed: 'Proceed',
	alreadyDone: 'Already Done',
	busy: 'Busy',
	reserved: 'Reserved',
	waiting: 'Waiting',
	known: 'Resolved',
	stillUnknown: 'Unresolved',
	success: 'Success',
	clientError: 'Fix (4xx)',
	serverError: 'Retry (5xx)',
	done: 'Done',
	refused: 'Refused',
} as const;

export type RegistryOutput = keyof typeof OUTPUT_LABELS;
