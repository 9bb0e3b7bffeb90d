/** Gives the person a file of this name, as a download. */
export function saveFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun with the click, and may still read.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
