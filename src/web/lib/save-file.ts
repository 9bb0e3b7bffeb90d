/** Gives the person a text as a file of this name, as a download. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun with the click, and may still read.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
