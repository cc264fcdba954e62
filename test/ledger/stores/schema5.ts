/** How the builds of schema 5 made a file. */
export const WITHOUT_COUNTING = `
	DROP TRIGGER hashed_inserted; DROP TRIGGER hashed_updated;
	DROP TRIGGER change_of_inserted; DROP TRIGGER change_of_updated; DROP TRIGGER change_of_removed;
	DROP TABLE changed; DROP TABLE notes; PRAGMA user_version = 5`;
