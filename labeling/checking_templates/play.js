// Evaluated in the frame: hears and sees each sound and film to its end, which some templates wait for.
async () => {
  const media = [...document.querySelectorAll("audio, video")].filter((node) => !node.ended);
  const heard = (node) => new Promise((resolve) => {
    node.addEventListener("ended", resolve, { once: true });
    node.muted = true;
    node.play().catch(() => node.dispatchEvent(new Event("ended"))); // a sample that is none cannot be played
    setTimeout(resolve, 1000);
  });
  await Promise.all(media.map(heard));
}
