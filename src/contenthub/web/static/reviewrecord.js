/* The record of a review: its button prints the page. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-ch-print]")) window.print();
});
